"""Choose among a problem's traces: shortest, longest, as a control one at random, or both ends to prefer between."""

from collections import defaultdict
from typing import Literal

import pyarrow as pa

from data.columns import DROPPED, PROBLEM_ID, REPLY, REPLY_TOKENS, SAMPLE, TRACE_ID
from data.spec import digest, spec
from data.table import Row, drop, values
from stages.stage import Stage


@spec
class KeepChosen(Stage):
    """Keep the chosen traces of each problem and drop the others as `not_chosen`.

    The shortest has the fewest reply tokens; ties go to fewer characters, then the lower sample index, then the
    lower trace id, so that the choice never depends on order.
    """

    reads = (PROBLEM_ID, TRACE_ID, REPLY, REPLY_TOKENS, SAMPLE)
    writes = (DROPPED,)

    choose: Literal["shortest", "longest", "first", "random", "extremes"] = "shortest"
    """`first` keeps the lowest sample index; `extremes` the shortest and the longest."""
    seed: int = 0
    """For `random` only."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        problems: dict[str, list[Row]] = defaultdict(list)
        for row in rows.select([field.name for field in self.reads]).to_pylist():
            problems[row["problem_id"]].append(row)
        kept = {row["trace_id"] for found in problems.values() for row in self._chosen(sorted(found, key=self._rank))}
        return drop(rows, [None if trace in kept else "not_chosen" for trace in values(rows, TRACE_ID)])

    def _chosen(self, ranked: list[Row]) -> list[Row]:
        ends = {"extremes": [ranked[0], ranked[-1]], "longest": ranked[-1:]}
        return ends.get(self.choose, ranked[:1])

    def _rank(self, row: Row) -> tuple[int | str, ...]:
        if self.choose == "random":
            return (digest([self.seed, row["trace_id"]]),)
        if self.choose == "first":
            return (row["sample"], row["trace_id"])
        return (row["reply_tokens"], len(row["reply"]), row["sample"], row["trace_id"])
