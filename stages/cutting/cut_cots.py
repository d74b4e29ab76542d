"""Leave units out of chains of thought: the asked share stays, in the words and the order of the original."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
from data.spec import spec
from data.table import Row, from_rows
from stages.cutting.choose_units import Choice, exactly
from stages.cutting.percentile import CHUNK_TOKENS, Force, chunks, kept_of
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
    reachable: bool = True
    """Whether whole units and protected ones let the ratio be reached."""


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
        kept = 1.0 if whole else self._kept_ratio(parts.reasoning, left.spans)
        by = None if whole else self.by
        return {
            **variant(row, left.reply, method=self.method, by=by, kind="ratio_kept", value=ratio),
            KEPT_RATIO.name: kept,
            UNITS_KEPT_RATIO.name: left.size / units.size,
            KEPT_SPANS.name: [at for span in left.spans for at in span],
            REMARKS.name: [*(row.get(REMARKS.name) or ()), *([] if left.reachable else [UNREACHABLE])],
            DROPPED.name: "nothing_left" if not left.spans else NOT_SHORTER if kept >= 1 and not whole else None,
        }

    def _shortened(self, row: Row, parts: Parts, units: Units) -> Cut:
        choice = self._choice(units, row[UNIT_SCORES.name], row[CONTROL_VALUE.name])
        spans = without(units.kept(choice.keep), box_wrappers(parts.reasoning))
        text = "".join(parts.reasoning[begin:end] for begin, end in spans)
        size = sum(size for size, stays in zip(units.sizes, choice.keep, strict=True) if stays)
        reply = parts.with_reasoning(text, row[FINAL_ANSWER.name], row.get(ANSWER_KIND.name))
        return Cut(reply, spans, size, choice.reachable)

    def _choice(self, units: Units, scores: list[float], ratio: float) -> Choice:
        if self.rule == "exact":
            return exactly(scores, units.sizes, ratio, units.numbers)
        words = [units.text[begin:end] for begin, end in units.spans]
        tokens = load_tokenizer(self.tokenizer).count(words)
        keep: list[bool] = []
        for chunk in chunks(tokens, [word == "." for word in words], CHUNK_TOKENS):
            keep += kept_of(words[chunk], scores[chunk], tokens[chunk], ratio, self.force)
        return Choice(tuple(keep))

    def _kept_ratio(self, reasoning: str, spans: list[Span]) -> float:
        """Return the tokens that are left of those of the reasoning, the statement of the answer in neither."""
        left = "".join(reasoning[begin:end] for begin, end in spans)
        after, before = load_tokenizer(self.tokenizer).count([left, reasoning.rstrip()])
        return after / max(1, before)


def _whole(row: Row, parts: Parts, size: int) -> Cut:
    """Return the reply as it is, or with its answer stated anew where it is boxed nowhere or twice."""
    reasoning = parts.reasoning.rstrip()
    answer = row[FINAL_ANSWER.name], row.get(ANSWER_KIND.name)
    reply = row[REPLY.name] if parts.is_stated else parts.with_reasoning(reasoning, *answer)
    return Cut(reply, [(0, len(reasoning))], size)


def without(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Return stretches with holes cut into them, in one pass over both; each in order and apart."""
    pieces: list[Span] = []
    first = 0
    for begin, end in spans:
        while first < len(holes) and holes[first][1] <= begin:
            first += 1
        place = first
        while place < len(holes) and holes[place][0] < end:
            pieces.append((begin, holes[place][0]))
            begin = holes[place][1]
            place += 1
        pieces.append((begin, end))
    return [piece for piece in pieces if piece[0] < piece[1]]
