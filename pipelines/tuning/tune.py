"""Train a run: any number of workers on Ray, or one beside this process; resumable at any step, watched from here."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.dataset.newest import newest_version
from data.store import only_runner
from pipelines.execute.executor import BuildStopped, site_at
from pipelines.stop import Stop
from pipelines.train.alone import Watch
from pipelines.tuning.run_file import Tuning
from sft.config import Training
from sft.models.trained import Trained, TrainingStopped, read_trained
from sft.run.claim import finished


def _nobody(line: Mapping[str, Any]) -> None:
    """Watch nothing."""


def tune(tuning: Tuning, stop: Stop, watch: Watch = _nobody) -> Trained:
    """Train, or go on where this run was left, and return what came of it; a finished one is told without Ray.

    Raises:
        BuildStopped: a stop was wished; a checkpoint of the last step is kept and the same call goes on from it.
        VaricotError: something a person can mend.
    """
    folder, output, training = tuning.folder, tuning.output, _found(tuning.training)
    with only_runner(folder):
        if (done_before := finished(training, output)) is not None:
            return done_before
        site = site_at(tuning.where, tuning, 1, training.workers)
        try:
            site.train(training, output, lambda: stop.asked, watch)
        except TrainingStopped as stopped:
            raise BuildStopped(stop.reason) from stopped
        finally:
            site.close()
    return read_trained(output)


def _found(training: Training) -> Training:
    """Return a training whose dataset is one version, and lies with its start where all who share this disk find it."""
    dataset, start = training.dataset, training.start
    if Path(dataset.path).is_dir():
        dataset = replace(dataset, path=str(newest_version(Path(dataset.path).resolve())))
    return replace(training, dataset=dataset, start=None if start is None else str(Path(start).resolve()))
