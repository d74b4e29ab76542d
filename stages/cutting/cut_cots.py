"""Leave units out of chains of thought: the asked share stays, in the words and the order of the original."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

import pyarrow as pa

from data.columns import (
    CONTROL_VALUE,
    DROPPED,
    FINAL_ANSWER,
    KEPT_SPANS,
    REMARKS,
    REPLY,
    UNIT_SCORES,
    UNITS_KEPT_RATIO,
)
from data.spec import spec
from data.table import Row, from_rows
from stages.cutting.choose_units import Choice, by_percentile, chunks, exactly
from stages.cutting.units import Span, Units, units_of
from stages.replies.answer_segment import Parts, box_wrappers, parts_of
from stages.replies.split_reply import row_text
from stages.replies.variants import VARIANT, variant
from stages.stage import Stage
from stages.tokens import TokenizerName, counting, load_tokenizer

CHUNK_TOKENS = 510
"""LLMLingua-2 applies its percentile to chunks of at most so many tokens."""
UNREACHABLE = "ratio_unreachable"


@dataclass(frozen=True)
class Cut:
    """What is left of a reply."""

    reply: str
    spans: list[Span]
    """The stretches of the reasoning that are left."""
    units: int
    """In those."""
    reachable: bool = True
    """Whether protection let the ratio be reached."""


@spec
class CutCoTs(Stage):
    """Keep of each reasoning the units that score highest, as many as its ratio says; the answer is never cut.

    At ratio 1 the reasoning is the original to the byte, and so is the reply where it boxes its answer as one does.
    Below that the reply boxes its answer once: a box on the way is opened. A reasoning without any unit leaves as
    `no_reasoning`.
    """

    reads = (*(f for f in VARIANT if f.name in ("trace_id", "method", "reply")), CONTROL_VALUE, UNIT_SCORES)
    writes = (*VARIANT, UNITS_KEPT_RATIO, KEPT_SPANS, REMARKS)

    method: str
    by: str
    """What scored, with revision: goes into `shortened_by`."""
    rule: Literal["exact", "percentile"] = "exact"
    """`percentile` is LLMLingua-2's own rule, for comparison; it reaches a ratio only roughly and protects nothing."""
    protect: bool = True
    """Whether numbers, operators and LaTeX stay whatever they score."""
    tokenizer: TokenizerName
    """Weighs units in the percentile rule."""

    def uses(self) -> Mapping[str, str]:
        return counting(self.tokenizer)

    def __call__(self, rows: pa.Table) -> pa.Table:
        fields = {f.name: f for f in (*rows.schema, *self.writes, DROPPED)}
        return from_rows((self._cut(row) for row in rows.to_pylist()), list(fields.values()))

    def _cut(self, row: Row) -> dict[str, Any]:
        parts = parts_of(row_text(row))
        units = units_of(parts.reasoning)
        if not len(units):
            return {**row, DROPPED.name: "no_reasoning"}
        ratio = row[CONTROL_VALUE.name]
        whole = ratio == 1
        left = _whole(row, parts, len(units)) if whole else self._shortened(row, parts, units)
        by = None if whole else self.by
        return {
            **variant(row, left.reply, method=self.method, by=by, kind="ratio_kept", value=ratio),
            UNITS_KEPT_RATIO.name: left.units / len(units),
            KEPT_SPANS.name: [at for span in left.spans for at in span],
            REMARKS.name: [*(row.get(REMARKS.name) or ()), *([] if left.reachable else [UNREACHABLE])],
            DROPPED.name: None if left.spans else "nothing_left",
        }

    def _shortened(self, row: Row, parts: Parts, units: Units) -> Cut:
        boxes = box_wrappers(parts.reasoning)
        ends = {at for begin, end in boxes for at in (begin, end - 1)}
        opened = [begin in ends for begin, _ in units.spans]
        choice = self._choice(units, row[UNIT_SCORES.name], row[CONTROL_VALUE.name], opened)
        spans = without(units.kept(choice.keep), boxes)
        text = "".join(parts.reasoning[begin:end] for begin, end in spans)
        left = sum(kept and not box for kept, box in zip(choice.keep, opened, strict=True))
        return Cut(parts.with_reasoning(text, row[FINAL_ANSWER.name]), spans, left, choice.reachable)

    def _choice(self, units: Units, scores: list[float], ratio: float, opened: list[bool]) -> Choice:
        """Choose what is kept; what boxes an answer on the way goes anyhow, so it goes first."""
        if self.rule == "exact":
            held = units.protected() if self.protect else [False] * len(units)
            last = [-inf if box else score for score, box in zip(scores, opened, strict=True)]
            return exactly(last, ratio, [stays and not box for stays, box in zip(held, opened, strict=True)])
        texts = [units.text[begin:end] for begin, end in units.spans]
        tokens = load_tokenizer(self.tokenizer).count(texts)
        ends = [text == "." for text in texts]
        keep: list[bool] = []
        for chunk in chunks(tokens, ends, CHUNK_TOKENS):
            keep += by_percentile(scores[chunk], tokens[chunk], ratio).keep
        return Choice(tuple(keep))


def _whole(row: Row, parts: Parts, units: int) -> Cut:
    """Return the reply as it is, or with its answer stated anew where it is boxed nowhere or twice."""
    reasoning = parts.reasoning.rstrip()
    reply = row[REPLY.name] if parts.is_stated else parts.with_reasoning(reasoning, row[FINAL_ANSWER.name])
    return Cut(reply, [(0, len(reasoning))], units)


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
