"""Shorter chains that no model wrote, to learn skipping from: by a task's own rule, or by chance."""

from collections.abc import Sequence
from random import Random
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import COT_TOKENS, DROPPED, PROBLEMS, REMARKS, TRACE_ID
from data.prompts.wording import marked_reply
from data.spec import LATER, digest, spec
from data.table import Row, from_rows
from data.tasks.every import task_of
from data.tasks.manual_skip import manual_skip
from data.tasks.task import TaskProblem
from stages.replies.variants import VARIANT, variant
from stages.skipping.ask_steps import UNDER_ONE_STEP, Fewer
from stages.skipping.check_steps import UNVALIDATED, step_fault
from stages.skipping.full_chains import full_steps
from stages.skipping.steps import Unit, as_text
from stages.stage import Stage

TRIES = 16
"""Chance is tried so often before a chain is given up."""


@spec
class WarmSkips(Stage):
    """Make of every full chain one for each number of steps to leave out; what cannot be made leaves with a reason."""

    reads = (*PROBLEMS, TRACE_ID, COT_TOKENS)
    writes = (*VARIANT, REMARKS)

    how: Literal["manual", "random"]
    """`manual` takes the task's rule; `random` leaves out or merges lines and keeps what still follows."""
    fewer: Annotated[tuple[Fewer, ...], Field(min_length=1)] = (1, 2)
    seed: int = 0
    unit: Annotated[Unit, LATER] = "line"
    """What a step is."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        fields = {f.name: f for f in (*rows.schema, *self.writes, DROPPED)}
        made = (self._row(row, fewer) for row in rows.to_pylist() for fewer in self.fewer)
        return from_rows(made, list(fields.values()))

    def _row(self, row: Row, fewer: int) -> dict[str, Any]:
        steps = full_steps(row, self.unit)
        n = len(steps) - fewer
        lines, reason = self._shorter(row, steps, n) if n >= 1 else (None, UNDER_ONE_STEP)
        if lines is None:
            return {**row, DROPPED.name: reason}
        reply = marked_reply(as_text(lines, self.unit), row["gold"])
        return variant(row, reply, method=f"warm_{self.how}", by=self.how, kind="steps", value=float(n))

    def _shorter(self, row: Row, steps: Sequence[str], n: int) -> tuple[Sequence[str] | None, str]:
        rng = Random(int(digest([self.seed, row["problem_id"], n])[:16], 16))
        if self.how == "random":
            return _by_chance(row, steps, rng, n, self.unit), "no_skip_follows"
        task = task_of(row["source"])
        if task is None:
            return None, "no_skip_rule"
        problem = TaskProblem(row["question"], row["gold"], row["answer_kind"] or "text", len(steps), tuple(steps))
        return manual_skip(task, problem, rng, n), ""


def _by_chance(row: Row, steps: Sequence[str], rng: Random, n: int, unit: Unit) -> Sequence[str] | None:
    for _ in range(TRIES):
        lines = list(steps)
        while len(lines) > n:
            at = rng.randrange(len(lines) - 1)
            lines[at : at + 2] = [lines[at + 1] if rng.random() < 0.5 else f"{lines[at]} {lines[at + 1]}"]
        if step_fault(row["source"], row["question"], as_text(lines, unit), unit) in (None, UNVALIDATED):
            return lines
    return None
