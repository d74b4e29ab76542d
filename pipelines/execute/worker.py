"""Work off blocks of a step: the same for one process and for a Ray actor."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from data.columns import DETAIL, DROPPED, EXPECTED_TOKENS, PROBLEM_ID, QUESTION, TRAINING
from data.errors import VaricotError
from data.journal import JournalFile
from data.store import Artifact
from data.table import Row, conform, split_dropped
from pipelines.execute.slots import Slots
from pipelines.plan.step import Step
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue, converse
from stages.asking.meter import Meter
from stages.engines.engine import Running
from stages.engines.every import AnyEngine
from stages.stage import Stage

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
class Place:
    """Where a step's rows come from and go to on disk."""

    sources: tuple[Path, ...]
    target: Path
    journal: Path
    """Folder of the request journal, shared by all steps and workers of a run."""
    longest_first: bool
    grace_seconds: float
    """How long requests in flight may go on after a stop."""
    allowance: Allowance
    """What this worker may still spend."""


@dataclass(frozen=True)
class Parts:
    """The parts to work off, what to look at meanwhile and whom to tell."""

    place: Place
    missing: list[int]
    stopping: Callable[[], bool]
    """Looked at several times a second; when true, no new request is sent."""
    done: Callable[[int], None]
    """Told of each finished part."""
    live: Callable[[Meter], None]
    """Told about once a second what the parts worked on have cost."""


@dataclass
class Worker:
    """Runs a step's stages over blocks, any number at once, its engine started once."""

    step: Step
    place: Place
    kept: Callable[[AnyEngine], Awaitable[Running]] | None = None
    """Starts an engine that is to outlive this step, and is closed by whoever gave it; null for one of its own."""
    running: Running | None = None
    journal: JournalFile | None = None
    slots: Slots = field(default_factory=lambda: Slots(1))
    meter: Meter = field(default_factory=Meter)
    """What all parts have cost so far."""
    digests: dict[str, dict[int, str]] = field(default_factory=dict)
    """Of the parts of every source, by its folder's name."""

    async def open(self) -> None:
        """Start the engine, if a stage talks to one, and open the journal."""
        self.digests = {folder.name: Artifact(folder).digests() for folder in self.place.sources}
        dialogues = [stage for stage in self.step.stages if isinstance(stage, Dialogue)]
        if dialogues:
            self.slots = Slots(dialogues[0].engine.concurrency, enough=lambda: self.spent)
            engine = dialogues[0].engine
            self.running = await (self.kept(engine) if self.kept else engine.start())
            self.journal = JournalFile(self.place.journal)

    @property
    def spent(self) -> bool:
        """Whether the worker has used up what it may spend."""
        return self.place.allowance.reached(self.meter)

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
        self.slots.close()
        until = time.monotonic() + self.place.grace_seconds
        while not work.done() and time.monotonic() < until and (meter.in_flight or not meter.waiting):
            await asyncio.wait([work], timeout=0.05)

    async def _block(self, part: int, meter: Meter) -> None:
        """Run one part through every stage and write what stays and what leaves."""
        rows = await asyncio.to_thread(self._rows, part)
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
        target, made_from = Artifact(self.place.target), parts_made_from(self.digests, part)
        await asyncio.to_thread(target.write, part, rows, _together(rejected), usage, made_from)

    def _rows(self, part: int) -> pa.Table:
        """Return the rows of a part in every source that has it, those of a problem side by side."""
        artifacts = [Artifact(folder) for folder in self.place.sources]
        tables = [artifact.read(part) for artifact in artifacts if artifact.has(part)]
        if len(tables) == 1:
            return tables[0]
        return pa.concat_tables(tables, promote_options="default").sort_by([(PROBLEM_ID.name, "ascending")])

    async def close(self) -> None:
        """Stop the engine, if it is its own, and close the journal."""
        if self.running is not None and self.kept is None:
            await self.running.close()
        if self.journal is not None:
            self.journal.close()

    async def _run(self, stage: Stage, rows: pa.Table, meter: Meter) -> pa.Table:
        if not isinstance(stage, Dialogue):
            return await asyncio.to_thread(stage, rows)
        return await converse(stage, rows, lambda told, row: told.talk(row, self._ask(row, meter)))

    def _ask(self, row: Row, meter: Meter) -> Ask:
        if self.running is None:
            raise RuntimeError("the worker is not open")
        priority = predicted_length(row) if self.place.longest_first else 0.0
        return Ask(self.running, lambda: self.slots.at(priority), self.journal, meter)


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
