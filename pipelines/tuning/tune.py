"""Train what a run file asks for: its one step, by the executor of every plan; it goes on from any checkpoint."""

import os
from pathlib import Path

from data.store import only_runner
from pipelines.execute.executor import Executor, artifact_of
from pipelines.execute.progress import Progress, Quiet
from pipelines.stop import Stop
from pipelines.tuning.plan import TRAINING, TuneOrder
from sft.models.origin import find
from sft.models.trained import Trained
from sft.run.claim import claim, done, identity_of, read_source


def tune(order: TuneOrder, stop: Stop, progress: Progress | None = None) -> Trained:
    """Train, or go on where this run was left, and return what came of it; a finished one is told without Ray.

    `training` in the run's folder leads to what was trained last; a run whose settings have changed is trained beside
    what was there, which stays among the artifacts.

    Raises:
        BuildStopped: a stop was wished; a checkpoint of the last step is kept and the same call goes on from it.
        ArtifactError: what is done was recorded to turn another way than the run says now.
        VaricotError: something a person can mend.
    """
    run, output = order.run.execution, order.run.output
    with only_runner(run.folder):
        _lead_to(artifact_of(run, order.step).folder / TRAINING, output, order)
        with Executor.of(run, [order.step], stop, progress or Quiet()) as executor:
            executor.make(order.step)
    return done(order.training, output)


def _lead_to(target: Path, output: Path, order: TuneOrder) -> None:
    """Let `output` lead to where the step trains; what an earlier release has trained there moves to that place.

    Raises:
        ArtifactError: an earlier release has trained another run there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if output.is_dir() and not output.is_symlink():
        claim(output, identity_of(order.training, find(order.training.base), read_source(order.training)))
        output.rename(target)
    link = output.with_name(f".{output.name}")
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(target, output.parent))
    link.replace(output)
