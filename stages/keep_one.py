"""Choose one trace a problem: the shortest, or (as a control) one at random."""

from typing import Literal

import pyarrow as pa

from data.columns import DROPPED, PROBLEM_ID, REPLY, REPLY_TOKENS, SAMPLE, TRACE_ID
from data.spec import digest, spec
from data.table import Row, drop
from stages.stage import Stage


@spec
class KeepOne(Stage):
    """Keep one trace a problem and drop the others as `not_chosen`.

    The shortest has the fewest reply tokens; ties go to fewer characters, then the lower sample index, then the
    lower trace id, so that the choice never depends on order.
    """

    reads = (PROBLEM_ID, TRACE_ID, REPLY, REPLY_TOKENS, SAMPLE)
    writes = (DROPPED,)

    choose: Literal["shortest", "random"] = "shortest"
    seed: int = 0
    """For `random` only."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        candidates = rows.select([field.name for field in self.reads]).to_pylist()
        chosen: dict[str, Row] = {}
        for row in candidates:
            best = chosen.get(row["problem_id"])
            if best is None or self._rank(row) < self._rank(best):
                chosen[row["problem_id"]] = row
        kept = {row["trace_id"] for row in chosen.values()}
        return drop(rows, [None if row["trace_id"] in kept else "not_chosen" for row in candidates])

    def _rank(self, row: Row) -> tuple[int | str, ...]:
        if self.choose == "random":
            return (digest([self.seed, row["trace_id"]]),)
        return (row["reply_tokens"], len(row["reply"]), row["sample"], row["trace_id"])
