"""Check every step of a chain by the task that made the problem; a chain that was only lucky is found out."""

from typing import Annotated, Literal

import pyarrow as pa

from data.columns import COT, DETAIL, DROPPED, QUESTION, REMARKS, SOURCE
from data.errors import InputError
from data.spec import LATER, spec
from data.table import drop, values, with_column
from data.tasks.every import task_of
from stages.skipping.steps import MAX_LINE, MAX_STEPS, Unit, step_lines
from stages.stage import Stage

INVALID = "invalid_step"
"""Said of a chain with a line that does not follow."""
UNVALIDATED = "unvalidated"
"""Said of a chain whose problem is of no task that could judge its steps."""


def step_fault(source: str | None, question: str, cot: str, unit: Unit = "line") -> str | None:
    """Return the first fault in the steps, `UNVALIDATED` where nothing can judge them, and None when all are right."""
    task = task_of(source)
    if task is None:
        return UNVALIDATED
    lines = step_lines(cot, unit)
    if len(lines) > MAX_STEPS or any(len(line) > MAX_LINE for line in lines):
        return f"over {MAX_STEPS} lines, or one of over {MAX_LINE:,} characters"
    try:
        faults = task.check_steps(question, lines)
    except InputError:
        return UNVALIDATED
    return f"{faults[0]:.300}" if faults else None


@spec
class CheckSteps(Stage):
    """Let chains go with a step that does not follow (`invalid_step`); remark those that nothing can judge."""

    reads = (SOURCE, QUESTION, COT)
    writes = (DROPPED, DETAIL, REMARKS)

    on_invalid: Literal["drop", "remark"] = "drop"
    """`remark` keeps such chains and only says so."""
    unit: Annotated[Unit, LATER] = "line"
    """What a step is."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        columns = (values(rows, field) for field in self.reads)
        triples = zip(*columns, strict=True)
        faults = [step_fault(source, question, cot, self.unit) for source, question, cot in triples]
        wrong = [fault if fault != UNVALIDATED else None for fault in faults]
        there = values(rows, REMARKS) if REMARKS.name in rows.column_names else [None] * rows.num_rows
        told = [
            list(dict.fromkeys((*(said or ()), *_remark(fault)))) for said, fault in zip(there, faults, strict=True)
        ]
        rows = with_column(rows, REMARKS, told)
        if self.on_invalid == "remark":
            return rows
        return drop(rows, [INVALID if fault else None for fault in wrong], wrong)


def _remark(fault: str | None) -> list[str]:
    return [] if fault is None else [UNVALIDATED if fault == UNVALIDATED else INVALID]
