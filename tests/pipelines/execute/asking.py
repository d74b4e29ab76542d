"""Steps whose stages ask engines, for tests of what makes steps."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from data.columns import QUESTION, SOURCE
from data.spec import spec
from data.table import Row
from pipelines.execute.executor import Executor, site_of
from pipelines.execute.progress import Quiet
from pipelines.plan.step import Step
from pipelines.stop import Stop
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue
from stages.engines.engine import Message, Request, Sampling
from stages.engines.every import AnyEngine
from stages.stage import Stage
from tests.pipelines.runs import ordered

ONE, TWO = pa.field("one", pa.string()), pa.field("two", pa.string())


@spec
class Says(Dialogue):
    """Asks its engine the question and writes which model has replied, and in which start of it (in `two`)."""

    engine: AnyEngine
    column: str

    reads = (QUESTION,)
    writes = (ONE, TWO)

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        (reply,) = await ask.all([Request((Message("user", row["question"]),), Sampling(), seed=1)])
        told = f"{ask.running.model}@{ask.running.revision}"
        return [{"two": f"{os.getpid()}", self.column: told if reply else None}]


@spec
class Dies(Stage):
    """Ends its process at one question."""

    at: str

    reads = (QUESTION,)
    writes = (ONE,)

    def __call__(self, rows: pa.Table) -> pa.Table:
        if self.at in rows.column(QUESTION.name).to_pylist():
            os._exit(9)
        return rows


@spec
class SeesDevices(Stage):
    """Writes which devices its process sees."""

    needs_gpus: int = 0
    likes: bool = False

    reads = (SOURCE,)
    writes = (ONE,)

    @property
    def gpus(self) -> int:
        return self.needs_gpus

    @property
    def likes_a_gpu(self) -> bool:
        return self.likes

    def __call__(self, rows: pa.Table) -> pa.Table:
        seen = f"{os.environ.get('CUDA_VISIBLE_DEVICES')} {os.getpid()}"
        return rows.append_column(ONE, pa.array([seen] * rows.num_rows, ONE.type))


def step_of(path: Path, name: str, *stages: Stage) -> Step:
    """Return a step over the problems of a run file."""
    return Step(name, stages, (ordered(path).plan.read,))


def made(path: Path, *steps: Step) -> Executor:
    """Make steps of a run file, those they need first."""
    order = ordered(path)
    every = (order.plan.read, *steps)
    executor = Executor.of(order.run, site_of(order.run, every), Stop(), Quiet())
    with executor:
        for step in every:
            executor.make(step)
    return executor


def rows_of(executor: Executor, step: Step) -> list[Row]:
    """Return the rows of a step."""
    return [row for table in executor.artifact(step).tables() for row in table.to_pylist()]


def rejects_of(executor: Executor, step: Step) -> list[Row]:
    """Return the rows that left in a step."""
    return [row for table in executor.artifact(step).rejects() for row in table.to_pylist()]
