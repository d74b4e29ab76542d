"""Leave units out of chains of thought: the asked share stays, in the words and the order of the original."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pyarrow as pa

from data.columns import (
    ANSWER_KIND,
    CONTROL_VALUE,
    DROPPED,
    FINAL_ANSWER,
    KEPT_RATIO,
    KEPT_SPANS,
    REMARKS,
    REPLY,
    UNIT_SCORES,
    UNITS_KEPT_RATIO,
)
from data.spec import LATER, spec
from data.table import Row, from_rows
from stages.cutting.choose_units import Choice, exactly
from stages.cutting.cut_spans import without
from stages.cutting.percentile import CHUNK_TOKENS, Force, chunks, kept_of
from stages.cutting.steps import NO_CHECKS, checks, ratio_of_all, with_marks
from stages.cutting.units import UNITS, Grain, Span, Units, read_units
from stages.replies.answer_segment import Parts, box_wrappers, parts_of
from stages.replies.split_reply import row_text
from stages.replies.variants import VARIANT, variant
from stages.stage import Stage
from stages.tokens import TokenizerName, counting, load_tokenizer

UNREACHABLE = "ratio_unreachable"
NOT_SHORTER = "not_shorter"


@dataclass(frozen=True)
class Cut:
    """What is left of a reply."""

    reply: str
    spans: list[Span]
    """The stretches of the reasoning that are left."""
    size: int
    """Words, numbers and signs in those."""
    text: str
    """The reasoning that is left."""
    remark: str | None = None
    """Why it is not what was asked for."""


@spec
class CutCoTs(Stage):
    """Keep of each reasoning the units that score highest, as many as its ratio says; the answer is never cut.

    At ratio 1 the reasoning is the original to the byte, and so is the reply where it boxes its answer as one does.
    Below that the reply boxes its answer once behind the reasoning: a box on the way is opened. A reasoning without any
    unit leaves as `no_reasoning`, one that is cut and has no fewer tokens than before as `not_shorter`.
    """

    reads = (*(f for f in VARIANT if f.name in ("trace_id", "method", "reply")), CONTROL_VALUE, UNIT_SCORES)
    writes = (*VARIANT, KEPT_RATIO, UNITS_KEPT_RATIO, KEPT_SPANS, REMARKS)

    method: str
    by: str
    """What scored, with revision: goes into `shortened_by`."""
    rule: Literal["exact", "percentile"] = "exact"
    """`percentile` is LLMLingua-2's own rule, for comparison; it reaches a ratio only roughly and protects nothing."""
    grain: Grain = "formulas"
    """What is one unit, as it was when it was scored; of `formulas` the numbers of the prose stay."""
    force: Force = Force()
    """Options of the percentile rule."""
    counts: Annotated[Literal["words", "steps"], LATER] = "words"
    """Whether a ratio is a share of words, numbers and signs, or of units, be they long or short."""
    only_checks: Annotated[bool, LATER] = False
    """Whether only steps that look back may go, a ratio being the share of those that stays."""
    mark: Annotated[str, LATER] = ""
    """Put where a run of units was cut; empty for nothing."""
    tokenizer: TokenizerName
    """Counts what is left, and weighs words in the percentile rule."""

    def uses(self) -> Mapping[str, str]:
        return {**counting(self.tokenizer), "units": UNITS}

    def __call__(self, rows: pa.Table) -> pa.Table:
        fields = {f.name: f for f in (*rows.schema, *self.writes, DROPPED)}
        return from_rows((self._cut(row) for row in rows.to_pylist()), list(fields.values()))

    def _cut(self, row: Row) -> dict[str, Any]:
        parts = parts_of(row_text(row), row[FINAL_ANSWER.name])
        units = read_units(parts.reasoning, self.grain)
        if not units.size:
            return {**row, DROPPED.name: "no_reasoning"}
        ratio = row[CONTROL_VALUE.name]
        whole = ratio == 1
        left = _whole(row, parts, units.size) if whole else self._shortened(row, parts, units)
        kept = 1.0 if whole else self._kept_ratio(parts.reasoning, left.text)
        longer = kept >= 1 and not whole and left.remark != NO_CHECKS
        by = None if whole else self.by
        return {
            **variant(row, left.reply, method=self.method, by=by, kind="ratio_kept", value=ratio),
            KEPT_RATIO.name: kept,
            UNITS_KEPT_RATIO.name: left.size / units.size,
            KEPT_SPANS.name: [at for span in left.spans for at in span],
            REMARKS.name: [*(row.get(REMARKS.name) or ()), *([left.remark] if left.remark else [])],
            DROPPED.name: "nothing_left" if not left.spans else NOT_SHORTER if longer else None,
        }

    def _shortened(self, row: Row, parts: Parts, units: Units) -> Cut:
        may_go = checks(units) if self.only_checks else [not number for number in units.numbers]
        choice = self._choice(units, row[UNIT_SCORES.name], row[CONTROL_VALUE.name], may_go)
        spans = without(units.kept(choice.keep), box_wrappers(parts.reasoning))
        text = "".join(parts.reasoning[begin:end] for begin, end in spans)
        size = sum(size for size, stays in zip(units.sizes, choice.keep, strict=True) if stays)
        told = with_marks(units, choice.keep, self.mark) if self.mark else text
        reply = parts.with_reasoning(told, row[FINAL_ANSWER.name], row.get(ANSWER_KIND.name))
        unchecked = self.only_checks and not any(may_go)
        return Cut(reply, spans, size, told, NO_CHECKS if unchecked else None if choice.reachable else UNREACHABLE)

    def _choice(self, units: Units, scores: list[float], ratio: float, may_go: list[bool]) -> Choice:
        if self.rule == "exact":
            sizes = units.sizes if self.counts == "words" else (1,) * len(units)
            share = ratio_of_all(sizes, ratio, may_go) if self.only_checks else ratio
            return exactly(scores, sizes, share, [not goes for goes in may_go])
        words = [units.text[begin:end] for begin, end in units.spans]
        tokens = load_tokenizer(self.tokenizer).count(words)
        keep: list[bool] = []
        for chunk in chunks(tokens, [word == "." for word in words], CHUNK_TOKENS):
            keep += kept_of(words[chunk], scores[chunk], tokens[chunk], ratio, self.force)
        return Choice(tuple(keep))

    def _kept_ratio(self, reasoning: str, left: str) -> float:
        """Return the tokens that are left of those of the reasoning, the statement of the answer in neither."""
        after, before = load_tokenizer(self.tokenizer).count([left, reasoning.rstrip()])
        return after / max(1, before)


def _whole(row: Row, parts: Parts, size: int) -> Cut:
    """Return the reply as it is, or with its answer stated anew where it is boxed nowhere or twice."""
    reasoning = parts.reasoning.rstrip()
    answer = row[FINAL_ANSWER.name], row.get(ANSWER_KIND.name)
    reply = row[REPLY.name] if parts.is_stated else parts.with_reasoning(reasoning, *answer)
    return Cut(reply, [(0, len(reasoning))], size, reasoning)
