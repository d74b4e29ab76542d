"""A training's run file: what is trained on what, and where."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import model_validator

from data.spec import PLACE, load, spec
from pipelines.execute.execution import Execution, Kept
from sft.config import Training
from sft.models.trained import MODEL

GRACE_SECONDS = 60.0
"""How long a step of the optimizer and its checkpoint may take after a wish to stop."""


@spec
class Tuning(Kept):
    """What `python -m flows tune` reads."""

    training: Training
    """What is trained on what, and by how many workers."""
    where: Annotated[Literal["here", "ray"], PLACE] = "ray"
    """`ray` trains through Ray Train, `here` in one process beside this one."""

    @model_validator(mode="after")
    def _one_trains_here(self) -> "Tuning":
        if self.where == "here" and self.training.workers > 1:
            raise ValueError(f"`where: here` trains with one worker, not {self.training.workers}; say `where: ray`")
        return self

    @property
    def execution(self) -> Execution:
        """Return where its one step is made."""
        return Execution(
            name=self.name, cluster=self.cluster, runs=self.runs, where=self.where, grace_seconds=GRACE_SECONDS
        )

    @property
    def output(self) -> Path:
        """Return the folder of what is trained."""
        return self.folder / "training"

    @property
    def model(self) -> Path:
        """Return where the model lies once training is done."""
        return self.output / MODEL


def read_tuning(path: Path) -> Tuning:
    """Read a training; nothing is looked for yet.

    Raises:
        ConfigError: with every fault.
    """
    return load(Tuning, path)
