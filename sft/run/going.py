"""A run that goes on in this process: its folders, the processes beside it, who watches and who may stop it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.store import read_json
from sft.models.trained import CLOSED, TrainingStopped
from sft.run.checkpoint import at_step, steps_kept
from sft.run.job import Job
from sft.run.metrics import Watch
from sft.run.team import Team
from sft.schedules.stage import TrainingStage


@dataclass(frozen=True)
class Going:
    """A run with where it is kept and who takes part."""

    job: Job
    output: Path
    team: Team
    watch: Watch | None
    stopping: Callable[[], bool]
    """Tells whether this process wishes to stop."""

    def folder(self, number: int) -> Path:
        """Return the folder of a stage."""
        return self.output / f"stage-{number:02d}"

    def taken(self, number: int) -> Path:
        """Return the checkpoint that a closed stage ended in."""
        return self.folder(number) / str(read_json(self.folder(number) / CLOSED)["taken"])

    def before(self, number: int, stage: TrainingStage) -> Path | None:
        """Return what a stage goes on from; a sharded one that was begun, from where it is: it is loaded whole."""
        if self.job.config.fsdp and (kept := steps_kept(self.folder(number))):
            return at_step(self.folder(number), kept[-1])
        if number == 0 or stage.from_base:
            return None if self.job.config.start is None else Path(self.job.config.start)
        return self.taken(number - 1)

    def stop_if_asked(self) -> None:
        """End the run here if any process wishes so.

        Raises:
            TrainingStopped: one does.
        """
        if self.team.agrees(self.stopping()):
            raise TrainingStopped
