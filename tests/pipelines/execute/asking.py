"""Steps whose stages ask engines, for tests of what makes steps."""

import os
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from data.columns import QUESTION, SOURCE
from data.errors import EngineError
from data.spec import spec
from data.table import Row
from pipelines.execute.executor import Executor
from pipelines.execute.progress import Quiet
from pipelines.plan.step import Means, Step, Writes, files_step
from pipelines.stop import Stop
from sft.config import Base, Rows, Training
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
class Shows(Says):
    """Writes which of all engines that were ever started has replied."""

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        return [{self.column: _start_of(ask)}]


@spec
class FailsAtFirst(Shows):
    """Fails as an engine does, for as long as the first one that it meets is up."""

    path: str

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        start, first = _start_of(ask), Path(self.path)
        if not first.exists():
            first.write_text(start)
        if first.read_text() == start:
            raise EngineError("it gave up")
        return await super().talk(row, ask)


def _start_of(ask: Ask) -> str:
    """Return what names this start of an engine; an address would be given to another once it is gone."""
    return str(vars(ask.running).setdefault("start", uuid4().hex))


@spec
class Teaches(Writes):
    """Trains on nothing, for a trainer that a test has put in the place of ours."""

    training: Training

    @property
    def workers(self) -> int:
        return self.training.workers

    def write(self, folder: Path, means: Means) -> None:
        means.train(self.training, folder / "training")

    @staticmethod
    def step(path: Path, workers: int) -> Step:
        """Return a step that trains after the problems of a run file are read."""
        training = Training(base=Base(model="none"), dataset=Rows(path="none"), workers=workers)
        return files_step("taught", Teaches(training=training), ordered(path).plan.read)


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
    with Executor.of(order.run, every, Stop(), Quiet()) as executor:
        for step in every:
            executor.make(step)
    return executor


def rows_of(executor: Executor, step: Step) -> list[Row]:
    """Return the rows of a step."""
    return [row for table in executor.artifact(step).tables() for row in table.to_pylist()]


def rejects_of(executor: Executor, step: Step) -> list[Row]:
    """Return the rows that left in a step."""
    return [row for table in executor.artifact(step).rejects() for row in table.to_pylist()]
