"""Work off blocks of a step: the same for one process and for a Ray actor."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from data.columns import DETAIL, DROPPED, EXPECTED_TOKENS, PROBLEM_ID, QUESTION, TRAINING
from data.errors import VaricotError
from data.journal import JournalFile
from data.store import Artifact
from data.table import Row, conform, from_rows, split_dropped
from pipelines.execute.engines import Engines
from pipelines.execute.slots import Slots
from pipelines.plan.step import Step
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue, converse
from stages.asking.meter import Meter
from stages.engines.every import AnyEngine
from stages.stage import Stage

NOTHING_USED = {"calls": 0, "replayed": 0, "tokens": 0, "cost": 0.0}
REJECTED = (*TRAINING, DROPPED, DETAIL)
"""The columns of a rejected row."""


@dataclass(frozen=True)
class Allowance:
    """What one worker may spend; when it is reached, no new request is sent."""

    tokens: float = math.inf
    cost: float = math.inf

    def reached(self, meter: Meter) -> bool:
        """Tell whether this meter has used it up."""
        return meter.tokens >= self.tokens or meter.cost >= self.cost


@dataclass(frozen=True)
class Assignment:
    """What a worker is given beside its step: where rows come from and go to on disk, and what it may spend."""

    sources: tuple[Path, ...]
    target: Path
    journal: Path
    """Folder of the request journal, shared by all steps and workers of a run."""
    journals: tuple[Path, ...]
    """Those of the other runs under the same root: what they were told need not be asked again."""
    longest_first: bool
    grace_seconds: float
    """How long requests in flight may go on after a stop."""
    allowance: Allowance
    """What this worker may still spend."""


@dataclass(frozen=True)
class Parts:
    """The parts to work off, what to look at meanwhile and whom to tell."""

    assignment: Assignment
    missing: list[int]
    stopping: Callable[[], bool]
    """Looked at several times a second; when true, no new request is sent."""
    done: Callable[[int], None]
    """Told of each finished part."""
    live: Callable[[Meter], None]
    """Told about once a second what the parts worked on have cost."""


@dataclass
class Worker:
    """Runs a step's stages over blocks, any number at once, each dialogue on its own engine."""

    step: Step
    assignment: Assignment
    engines: Engines
    """Outlive the worker; whoever gave them lets them go."""
    journal: JournalFile | None = None
    slots: list[tuple[AnyEngine, Slots]] = field(default_factory=list)
    """By engine: what is in flight on it."""
    meter: Meter = field(default_factory=Meter)
    """What all parts have cost so far."""
    digests: dict[str, dict[int, str]] = field(default_factory=dict)
    """Of the parts of every source, by its folder's name."""

    async def open(self) -> None:
        """Have the engines up that the stages ask, and open the journal."""
        self.digests = {folder.name: Artifact(folder).digests() for folder in self.assignment.sources}
        engines = self.step.resources.engines
        if engines:
            self.slots = [(engine, Slots(engine.concurrency, enough=lambda: self.spent)) for engine in engines]
            await self.engines.have(engines)
            self.journal = JournalFile(self.assignment.journal, self.assignment.journals)

    @property
    def concurrency(self) -> int:
        """Return how many requests it has in flight at once, on all engines."""
        return sum((slots.size for _, slots in self.slots), 1 - bool(self.slots))

    @property
    def spent(self) -> bool:
        """Whether the worker has used up what it may spend."""
        return self.assignment.allowance.reached(self.meter)

    async def attempt(self, part: int, stopping: Callable[[], bool]) -> bool:
        """Work off a part and tell whether it is finished.

        When a stop is wished, no new request is sent and those in flight may finish (and are journalled) within the
        grace; what is not finished then is left for the next run.
        """
        if stopping() or self.spent:
            return False
        meter = Meter(whole=self.meter)
        work = asyncio.create_task(self._block(part, meter))
        try:
            while not work.done() and not stopping() and not self.spent:
                await asyncio.wait([work], timeout=0.2)
            await self._drain(work, meter)
        finally:
            work.cancel()
            await asyncio.wait([work])
            if not work.cancelled():
                work.exception()  # looked at: of many parts that met one error, one tells of it
        return not work.cancelled() and work.result() is None

    async def _drain(self, work: asyncio.Task[None], meter: Meter) -> None:
        """Send nothing more and wait for the part, as long as it does not itself wait for what will not be sent."""
        if work.done():
            return
        for _, slots in self.slots:
            slots.close()
        until = time.monotonic() + self.assignment.grace_seconds
        while not work.done() and time.monotonic() < until and (meter.in_flight or not meter.waiting):
            await asyncio.wait([work], timeout=0.05)

    async def _block(self, part: int, meter: Meter) -> None:
        """Run one part through every stage and write what stays and what leaves."""
        rows = await asyncio.to_thread(self.rows, part)
        rejected: list[pa.Table] = []
        for stage in self.step.stages:
            try:
                rows = await self._run(stage, rows, meter)
            except* VaricotError as faults:
                leaves = list(_leaves(faults))
                raise type(leaves[0])(*dict.fromkeys(told for leaf in leaves for told in leaf.faults)) from faults
            rows, gone = split_dropped(rows)
            rejected.append(conform(gone, REJECTED))
        usage = {"calls": meter.calls, "replayed": meter.replayed, "tokens": meter.tokens, "cost": meter.cost}
        target, made_from = Artifact(self.assignment.target), parts_made_from(self.digests, part)
        await asyncio.to_thread(target.write, part, rows, _together(rejected), usage, made_from)

    def rows(self, part: int) -> pa.Table:
        """Return the rows of a part in every source that has it, those of a problem side by side."""
        artifacts = [Artifact(folder) for folder in self.assignment.sources]
        tables = [artifact.read(part) for artifact in artifacts if artifact.has(part)]
        if len(tables) == 1:
            return tables[0]
        return pa.concat_tables(tables, promote_options="default").sort_by([(PROBLEM_ID.name, "ascending")])

    def close(self) -> None:
        """Close the journal."""
        if self.journal is not None:
            self.journal.close()

    async def _run(self, stage: Stage, rows: pa.Table, meter: Meter) -> pa.Table:
        if not isinstance(stage, Dialogue):
            return await asyncio.to_thread(stage, rows)
        return await converse(stage, rows, lambda told, row: told.talk(row, self._ask(told, row, meter)))

    def _ask(self, stage: Dialogue, row: Row, meter: Meter) -> Ask:
        slots = next(slots for engine, slots in self.slots if engine == stage.engine)
        priority = predicted_length(row) if self.assignment.longest_first else 0.0
        return Ask(self.engines.of(stage.engine), lambda: slots.at(priority), self.journal, meter)


def reject_part(step: Step, assignment: Assignment, part: int, reason: str, detail: str) -> None:
    """Write a part of which no row could be worked on: all of them leave, with this reason."""
    worker = Worker(step, assignment, Engines())
    rows = worker.rows(part)
    fields = {f.name: f for f in (*rows.schema, *(f for stage in step.stages for f in stage.writes))}
    gone = from_rows([{**row, DROPPED.name: reason, DETAIL.name: detail} for row in rows.to_pylist()], REJECTED)
    digests = {folder.name: Artifact(folder).digests() for folder in assignment.sources}
    made_from = parts_made_from(digests, part)
    Artifact(assignment.target).write(part, from_rows([], list(fields.values())), gone, NOTHING_USED, made_from)


def parts_made_from(digests: Mapping[str, Mapping[int, str]], part: int) -> dict[str, str]:
    """Return the digest of this part in every source that has it."""
    return {name: parts[part] for name, parts in digests.items() if part in parts}


def _leaves(group: BaseExceptionGroup[VaricotError]) -> Iterator[VaricotError]:
    for fault in group.exceptions:
        if isinstance(fault, BaseExceptionGroup):
            yield from _leaves(fault)
        else:
            yield fault


def predicted_length(row: Row) -> float:
    """Guess how long a row will keep the model busy: as told by its source, else by the length of its question."""
    return float(row[EXPECTED_TOKENS.name] or len(row[QUESTION.name]))


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables) if tables else pa.schema(list(REJECTED)).empty_table()
