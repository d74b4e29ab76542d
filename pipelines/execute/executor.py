"""Make one step: read it from its source, or work off the parts of the step it needs."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Generic, Literal, Protocol, TypeVar

from data.columns import DROPPED
from data.errors import InputError
from data.inputs.every import Problems, Traces, read_problems, read_traces
from data.spec import digest
from data.store import Artifact
from data.table import values
from pipelines.execute.budget import Budget
from pipelines.execute.counts import count_parts
from pipelines.execute.execution import Cluster, Limits
from pipelines.execute.here import Here
from pipelines.execute.on_ray import pool_for, run_on_ray
from pipelines.execute.progress import Progress
from pipelines.execute.ray_start import ray_running
from pipelines.execute.read import write_parts
from pipelines.execute.stop import Stop, StopFile, relayed
from pipelines.execute.worker import Allowance, Parts, Place, Worker, parts_made_from
from pipelines.plan.step import Making, Step
from sft.trained import TrainingStopped
from stages.asking.dialogue import Dialogue
from stages.engines.engine import GAVE_UP


class BuildStopped(Exception):
    """Somebody wished the build to stop; what is finished is kept and the same command goes on."""


class Conditions(Protocol):
    """What a run file says of where and how fast its steps are made; see `pipelines.build.run_file.Run`."""

    @property
    def name(self) -> str: ...
    @property
    def place(self) -> Literal["here", "ray"]: ...
    @property
    def cluster(self) -> Cluster: ...
    @property
    def block(self) -> int: ...
    @property
    def order(self) -> Literal["longest_first", "as_they_come"]: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def grace_seconds(self) -> float: ...


R = TypeVar("R", bound=Conditions, covariant=True)


class Held(ExitStack):
    """What a build keeps up; leaving it takes it down."""

    ray = False

    @cached_property
    def here(self) -> Here:
        """The event loop of steps in this process, and their engine."""
        here = Here()
        self.callback(here.close)
        return here


@dataclass(frozen=True)
class Maker(Generic[R]):
    """Makes the steps of one run, each once."""

    run: R
    folder: Path
    """The folder of the run."""
    stop: Stop
    progress: Progress
    budget: Budget
    """Shared by all steps of the run."""
    held: Held
    """What is started once, when it is first needed, and kept for all steps."""

    def artifact(self, step: Step) -> Artifact:
        """Return where the rows of a step are kept."""
        return Artifact(self.folder / "artifacts" / step.folder)

    def make(self, step: Step) -> None:
        """Make a step unless it is there, whole.

        Raises:
            BuildStopped: a stop was wished before it was complete.
            VaricotError: a file, the engine or the store failed.
        """
        artifact = self.artifact(step)
        again = self._again(step, artifact)
        manifest = artifact.manifest
        if manifest is not None and manifest["ended_early"] is None and not again and self._covers(artifact, step):
            self.progress.reused(step, manifest["rows"])
            return
        artifact.reopen()
        ended = None
        if step.making is not None:
            self._make_files(step, step.making, artifact)
        elif step.source is not None:
            self._read(step, step.source, artifact)
        else:
            ended = self._work(step, artifact, again)
        if self.stop.asked:
            raise BuildStopped(self.stop.reason)
        parts = artifact.parts()
        counts = count_parts(artifact, parts)
        made_from = self._made_from(step)
        about = {"step": step.name, "fingerprint": step.fingerprint, "ended_early": ended, "made_from": made_from}
        artifact.close({**about, **counts.as_json()}, parts)
        self.progress.finished(step, counts, ended)

    def _made_from(self, step: Step) -> dict[str, str]:
        """Return a digest of all parts of each step it needs."""
        parts = {before.folder: self.artifact(before).digests() for before in step.needs}
        return {name: digest([[part, found[part]] for part in sorted(found)]) for name, found in parts.items()}

    def _again(self, step: Step, artifact: Artifact) -> set[int]:
        """Return the parts to be made again: those whose requests were given up, and the server may do better now.

        What was made from rows that have changed since is taken away, so that it is made anew too.
        """
        if step.source is not None:
            return set()
        manifest = artifact.manifest
        changed = manifest is None or manifest.get("made_from") != self._made_from(step)
        if step.making is not None:
            if manifest is not None and changed:
                artifact.clear()
            return set()
        if changed:
            sources = {before.folder: self.artifact(before).digests() for before in step.needs}
            stale = [part for part in artifact.parts() if artifact.made_from(part) != parts_made_from(sources, part)]
            if stale:
                artifact.reopen()
            for part in stale:
                artifact.remove(part)
        if manifest is not None and GAVE_UP not in manifest["rejected"]:
            return set()
        return {
            part for part in artifact.parts() if GAVE_UP in values(artifact.rejected(part, [DROPPED.name]), DROPPED)
        }

    def _covers(self, artifact: Artifact, step: Step) -> bool:
        """Tell whether every part of the step it needs was worked off."""
        return step.making is not None or set(artifact.listed()) >= self._wanted(step)

    def _wanted(self, step: Step) -> set[int]:
        """Return the parts of the steps it needs."""
        return {part for before in step.needs for part in self.artifact(before).listed()}

    def _make_files(self, step: Step, making: Making, artifact: Artifact) -> None:
        self.progress.began(step, 1, 1)
        try:
            making.make(artifact.folder, [self.artifact(it).folder for it in step.needs], lambda: self.stop.asked)
        except TrainingStopped as stopped:
            raise BuildStopped(self.stop.reason) from stopped

    def _read(self, step: Step, source: Problems | Traces, artifact: Artifact) -> None:
        artifact.clear()
        self.progress.began(step, 1, 1)
        tables = read_traces(source) if isinstance(source, Traces) else read_problems(source)
        parts = write_parts(tables, artifact, self.run.block)
        if not any(artifact.read(part).num_rows for part in parts):
            reasons = dict(count_parts(artifact, parts).rejected)
            raise InputError(f"{self.run.name}: there is nothing to work on: no rows, rejected {reasons or 'none'}")

    def _work(self, step: Step, artifact: Artifact, again: set[int]) -> str | None:
        """Work off the missing parts, and those to be made again; return the limit that ended it, if one did."""
        wanted = sorted(self._wanted(step))
        missing = [part for part in wanted if part in again or not artifact.has(part)]
        asks = any(isinstance(stage, Dialogue) for stage in step.stages)
        self.progress.began(step, len(wanted), len(missing))

        def done(part: int) -> None:
            self.progress.part(step, count_parts(artifact, [part]))

        def stopping() -> bool:
            return self.stop.asked or (asks and self.budget.out_of_time)

        if missing and not stopping():
            place = self._place(step, artifact)
            self._run(step, Parts(place, missing, stopping, done, lambda meter: self.progress.live(step, meter)))
        left = any(not artifact.has(part) for part in wanted)
        return self.budget.ended if asks and left else None

    def _place(self, step: Step, artifact: Artifact) -> Place:
        engines = [stage.engine for stage in step.stages if isinstance(stage, Dialogue)]
        workers = engines[0].replicas if engines and self.run.place == "ray" else 1
        return Place(
            sources=tuple(self.artifact(before).folder for before in step.needs),
            target=artifact.folder,
            journal=self.folder / "journal",
            # The longest of all open parts first would leave none of them whole when a limit ends the build.
            longest_first=self.run.order == "longest_first" and self.run.limits == Limits(),
            grace_seconds=self.run.grace_seconds,
            allowance=self.budget.share(workers) if engines else Allowance(),
        )

    def _run(self, step: Step, parts: Parts) -> None:
        if self.run.place == "here":
            self.held.here.run(Worker(step, parts.place, self.held.here.start), parts, self.run.block)
            return
        pool = pool_for(step, self.run.block, len(parts.missing))
        stop_file = StopFile(self.folder / "stop")
        if not self.held.ray:
            self.held.enter_context(ray_running(self.run.cluster, pool.actors))
            self.held.ray = True
        with relayed(parts.stopping, stop_file):
            run_on_ray(step, parts, pool, stop_file)
