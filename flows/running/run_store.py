"""What a run has made so far, to look at: its folder, artifacts, versions and log."""

from dataclasses import dataclass
from pathlib import Path

from data.dataset.manifest import NAME
from data.dataset.newest import reported
from data.errors import ArtifactError
from data.store import Artifact
from flows.running.event_log import EventLog
from pipelines.build.build import Order, read_order
from pipelines.execute.executor import artifact_of
from pipelines.plan.step import Step


@dataclass(frozen=True)
class RunStore:
    """The store of one run; nothing here writes."""

    order: Order

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.order.run.folder

    @property
    def log(self) -> EventLog:
        """The log of the run."""
        return EventLog(self.folder)

    def artifact(self, step: Step) -> Artifact:
        """Return where the rows of a step are kept."""
        return artifact_of(self.order.run, step)

    def versions(self) -> list[Path]:
        """Return the folders of the complete dataset versions, by name."""
        return sorted(path.parent for path in (self.folder / "dataset").glob(f"*/{NAME}"))

    def latest(self) -> Path:
        """Return the version of the last build.

        Raises:
            ArtifactError: there is none yet.
        """
        newest = reported(self.folder)
        if newest is None:
            raise ArtifactError(f"{self.folder}: this run has no dataset yet; build it first")
        return newest

    def version(self, wanted: str | None) -> Path:
        """Return the one version whose name begins with `wanted`; None is the latest.

        Raises:
            ArtifactError: there is none, or there are several.
        """
        if wanted is None:
            return self.latest()
        names = [path.name for path in self.versions()]
        found = [path for path in self.versions() if path.name.startswith(wanted)]
        if len(found) != 1:
            raise ArtifactError(f"{len(found)} versions have a name that begins with {wanted!r}; there is {names}")
        return found[0]


def store_of(run_file: Path) -> RunStore:
    """Return what the run of this file has store.

    Raises:
        VaricotError: the run file cannot be used.
    """
    return RunStore(read_order(run_file))
