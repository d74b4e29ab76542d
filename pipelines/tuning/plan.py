"""The plan of a training: one step, known by its settings and by all that it is trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from data.dataset.newest import newest_version
from data.spec import spec
from pipelines.plan.step import Means, Step, Writes, files_step
from pipelines.tuning.run_file import Tuning, read_tuning
from sft.config import Training
from sft.models.origin import find
from sft.run.claim import identity_of, read_source

TRAINING = "training"
"""What the step is called, and the folder that is trained into."""


@spec
class Tunes(Writes):
    """Train on a dataset that is there."""

    training: Training

    @property
    def workers(self) -> int:
        return self.training.workers

    def uses(self) -> Mapping[str, str]:
        named = identity_of(self.training, find(self.training.base), read_source(self.training))
        return {role: name for role, name in named.items() if role != "config" and name is not None}

    def write(self, folder: Path, means: Means) -> None:
        means.train(self.training, folder / TRAINING)


@dataclass(frozen=True)
class TuneOrder:
    """A training that was read and planned."""

    run: Tuning
    training: Training
    """With its dataset as one version."""
    step: Step


def read_tune_order(path: Path) -> TuneOrder:
    """Read and plan a training; nothing is trained.

    Raises:
        ConfigError: with every fault.
        InputError: base or dataset are not there, or cannot be read as asked.
        ArtifactError: `start` is of another base.
    """
    return plan_tuning(read_tuning(path))


def plan_tuning(run: Tuning) -> TuneOrder:
    """Plan a training, whose dataset is verified first.

    Raises:
        InputError, ConfigError, ArtifactError: as `read_tune_order`.
    """
    training = _settled(run.training)
    return TuneOrder(run, training, files_step(TRAINING, Tunes(training=training)))


def _settled(training: Training) -> Training:
    """Return a training whose dataset is one version, and lies with its start where all who share this disk find it."""
    dataset, start = training.dataset, training.start
    if Path(dataset.path).is_dir():
        dataset = replace(dataset, path=str(newest_version(Path(dataset.path).resolve())))
    return replace(training, dataset=dataset, start=None if start is None else str(Path(start).resolve()))
