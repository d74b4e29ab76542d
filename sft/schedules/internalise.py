"""Stepwise internalisation (Deng et al. 2024): the reasoning loses its first tokens, more with every stage.

Kept: a fixed number of leading tokens goes at each stage, until none are left; each stage starts with a new optimizer.
Lost: the paper's random offset of the cut (smoothing) and its loss on the answer's tokens alone.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal

import pyarrow as pa

from data.columns import COT, TRACE_ID
from data.spec import Positive, spec
from data.table import Row
from sft.rows.lazy import changed
from sft.schedules.stage import Planned, Tools, TrainingStage


@spec
class Internalise:
    """Stages that drop 0, k, 2k ... leading tokens of the reasoning, and at last all of it."""

    kind: Literal["internalise"] = "internalise"
    tokens_each: Positive = 8
    """How many tokens more each stage drops."""
    max_stages: Positive = 100
    """Past so many stages all that is left goes at once."""

    @property
    def reads(self) -> Sequence[pa.Field]:
        """The reasoning, to find it in the completion."""
        return (COT,)

    def plan(self, rows: Sequence[Row], tools: Tools) -> Planned:
        """Return the stages, each with all rows."""
        if faults := _faults(rows):
            return Planned([], faults=faults)
        longest = max((tools.count_tokens(row[COT.name]) for row in rows), default=0)
        drops = list(range(0, longest, self.tokens_each))[: self.max_stages - 1]
        stages = [TrainingStage(f"drop {drop}", changed(rows, partial(_without, drop, tools))) for drop in drops]
        return Planned([*stages, TrainingStage("drop all", changed(rows, lambda _, row: _shortened(row, "")))])


def _without(tokens: int, tools: Tools, _: int, row: Row) -> Row:
    # What is left begins as a reasoning does: blanks between two tokens went with the first.
    return _shortened(row, tools.drop_leading(row[COT.name], tokens).lstrip()) if tokens else row


def _shortened(row: Row, cot: str) -> Row:
    (turn,) = row["completion"]
    return {**row, "completion": [{**turn, "content": turn["content"].replace(row[COT.name], cot, 1)}]}


def _faults(rows: Sequence[Row]) -> list[str]:
    absent = [row[TRACE_ID.name] for row in rows if not _holds_its_cot(row)]
    masked = [row[TRACE_ID.name] for row in rows if row["segments"]]
    told = [
        (absent, "do not hold their cot in a completion of one turn"),
        (masked, "have segments, whose stretches a cut would shift"),
    ]
    return [f"schedule: {len(found):,} rows {fault}: {', '.join(found[:3])} ..." for found, fault in told if found]


def _holds_its_cot(row: Row) -> bool:
    return bool(row[COT.name]) and len(row["completion"]) == 1 and row[COT.name] in row["completion"][0]["content"]
