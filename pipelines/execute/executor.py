"""Make the steps of a plan: read them from their source, write their files, or work off the parts they need."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from data.columns import DROPPED
from data.errors import InputError
from data.inputs.every import Problems, Traces, read_problems, read_traces
from data.spec import digest
from data.store import Artifact, only_runner
from data.table import values
from pipelines.execute.budget import Budget
from pipelines.execute.counts import count_parts
from pipelines.execute.execution import Execution, Kept, Limits
from pipelines.execute.here import Here
from pipelines.execute.on_ray import OnRay
from pipelines.execute.progress import Progress
from pipelines.execute.read import write_parts
from pipelines.execute.site import Site
from pipelines.execute.worker import Allowance, Assignment, Parts, parts_made_from
from pipelines.plan.step import Means, Step, Writes
from pipelines.stop import Stop
from sft.config import Training
from sft.models.trained import TrainingStopped
from stages.engines.engine import GAVE_UP

JOURNAL = "journal"
"""In the folder of a run: every reply it was given."""


def site_of(run: Execution, steps: Sequence[Step]) -> Site:
    """Return where the steps of a plan are made; nothing is up before the first that needs it."""
    room = max(step.files.workers if step.files else step.resources.workers or 1 for step in steps)
    return site_at(run.place, run, run.block, max(1, room))


def site_at(place: Literal["here", "ray"], run: Kept, block: int, room: int) -> Site:
    """Return this process or Ray.

    Args:
        place: which.
        run: says where its folder is, and Ray.
        block: problems of a part.
        room: the most workers of a step.
    """
    return Here(block) if place == "here" else OnRay(run.cluster, run.folder, block, room)


def make_file(run: Execution, steps: Sequence[Step], name: str, stop: Stop, progress: Progress) -> Path:
    """Make every step of a run's plan that is not there yet; return a file of the last one, put into the run's folder.

    Raises:
        BuildStopped: a stop was wished; the same call goes on where it was.
        VaricotError: something a person can mend.
    """
    with only_runner(run.folder), Executor.of(run, steps, stop, progress) as executor:
        for step in steps:
            executor.make(step)
    return Path(shutil.copyfile(artifact_of(run, steps[-1]).folder / name, run.folder / name))


def artifact_of(run: Kept, step: Step) -> Artifact:
    """Return where what a step of a run makes is kept."""
    return Artifact(run.folder / "artifacts" / step.folder)


class BuildStopped(Exception):
    """Somebody wished the build to stop; what is finished is kept and the same command goes on."""


@dataclass(frozen=True)
class Executor:
    """Makes the steps of one plan, each once; leave it as a context to take down what it has up."""

    run: Execution
    folder: Path
    """The folder of the run."""
    stop: Stop
    progress: Progress
    budget: Budget
    """Shared by all steps of the run."""
    site: Site
    """Where steps are made."""

    @staticmethod
    def of(run: Execution, steps: Sequence[Step], stop: Stop, progress: Progress) -> "Executor":
        """Return what makes the steps of a run's plan."""
        budget = Budget(run.limits, run.folder / JOURNAL)
        return Executor(run, run.folder, stop, progress, budget, site_of(run, steps))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.site.close()

    def artifact(self, step: Step) -> Artifact:
        """Return where the rows of a step are kept."""
        return artifact_of(self.run, step)

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
        if step.files is not None:
            self._write(step, step.files, artifact)
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
        if step.files is not None:
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
        return step.files is not None or set(artifact.listed()) >= self._wanted(step)

    def _wanted(self, step: Step) -> set[int]:
        """Return the parts of the steps it needs."""
        return {part for before in step.needs for part in self.artifact(before).listed()}

    def _write(self, step: Step, files: Writes, artifact: Artifact) -> None:
        self.progress.began(step, 1, 1)
        artifact.folder.mkdir(parents=True, exist_ok=True)
        needs = [self.artifact(it).folder for it in step.needs]

        def stopping() -> bool:
            return self.stop.asked

        def train(training: Training, output: Path) -> None:
            self.site.train(training, output, stopping, lambda line: self.progress.trained(step, line))

        try:
            files.write(artifact.folder, Means(needs, self.run.block, train, stopping))
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
        asks = bool(step.dialogues)
        self.progress.began(step, len(wanted), len(missing))

        def done(part: int) -> None:
            self.progress.part(step, count_parts(artifact, [part]))

        def stopping() -> bool:
            return self.stop.asked or (asks and self.budget.out_of_time)

        if missing and not stopping():
            told = Parts(
                self._assignment(step, artifact), missing, stopping, done, lambda meter: self.progress.live(step, meter)
            )
            self.site.work(step, told)
        left = any(not artifact.has(part) for part in wanted)
        return self.budget.ended if asks and left else None

    def _assignment(self, step: Step, artifact: Artifact) -> Assignment:
        workers = (step.resources.workers or 1) if self.run.place == "ray" else 1
        return Assignment(
            sources=tuple(self.artifact(before).folder for before in step.needs),
            target=artifact.folder,
            journal=self.folder / JOURNAL,
            journals=tuple(one for one in sorted(self.folder.parent.glob(f"*/{JOURNAL}")) if one.parent != self.folder),
            # The longest of all open parts first would leave none of them whole when a limit ends the build.
            longest_first=self.run.order == "longest_first" and self.run.limits == Limits(),
            grace_seconds=self.run.grace_seconds,
            allowance=self.budget.share(workers) if step.dialogues else Allowance(),
        )
