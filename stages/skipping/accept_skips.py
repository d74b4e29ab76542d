"""Which shorter chains are accepted: correct, in as many steps as were asked for, and not the full chain over again."""

from collections.abc import Mapping
from typing import Annotated

import pyarrow as pa

from data.columns import CONTROL_VALUE, COT, DROPPED, FROM_TRACE_ID, META, QUESTION, SOURCE, VERDICT
from data.spec import LATER, spec
from data.table import Row, drop, values
from stages.skipping.full_chains import full_steps
from stages.skipping.steps import READER, Unit, normalised, step_lines
from stages.stage import Stage


def refusal(*, correct: bool, as_told: bool, full: bool) -> str | None:
    """Return why a chain that was asked for in fewer steps is not accepted; None when it is."""
    if not correct:
        return "incorrect"
    if not as_told:
        return "steps_not_as_told"
    return "full_steps" if full else None


@spec
class AcceptSkips(Stage):
    """Keep accepted chains; full chains, which were made from no other trace, stay if they are wanted."""

    reads = (SOURCE, QUESTION, META, FROM_TRACE_ID, VERDICT, COT, CONTROL_VALUE)
    writes = (DROPPED,)

    keep_full: bool = True
    """Whether full chains stay beside the accepted ones; else they leave as `only_skips`."""
    unit: Annotated[Unit, LATER] = "line"
    """What a step is."""

    def uses(self) -> Mapping[str, str]:
        return {"steps": READER}

    def __call__(self, rows: pa.Table) -> pa.Table:
        picked = rows.select([field.name for field in self.reads]).to_pylist()
        return drop(rows, [self._refusal(row) for row in picked])

    def _refusal(self, row: Row) -> str | None:
        if row["from_trace_id"] is None:
            return None if self.keep_full else "only_skips"
        steps = len(step_lines(row["cot"], self.unit))
        return refusal(
            correct=row["verdict"] == "correct",
            as_told=steps == row["control_value"],
            full=steps == len(full_steps(row, self.unit)),
        )


@spec
class DropRepeatedChains(Stage):
    """Keep the first of chains to one question that differ at most in blanks, case or the answer line."""

    reads = (QUESTION, COT)
    writes = (DROPPED,)

    unit: Annotated[Unit, LATER] = "line"
    """What a step is."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        seen: set[tuple[str, str]] = set()
        reasons: list[str | None] = []
        for question, cot in zip(values(rows, QUESTION), values(rows, COT), strict=True):
            key = (question, normalised(cot, self.unit))
            reasons.append("repeated_chain" if key in seen else None)
            seen.add(key)
        return drop(rows, reasons)
