"""Train a run through Ray Train: any number of workers, resumable at any step, watched from here."""

import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data.dataset.newest import newest_version
from data.store import only_runner
from pipelines.execute.executor import BuildStopped
from pipelines.execute.ray_start import ray_running
from pipelines.execute.stop import Stop, StopFile, relayed
from pipelines.train.run_file import Tuning
from sft.claim import finished
from sft.config import Training
from sft.trained import Trained, read_trained

LOOK_SECONDS = 0.2
"""How often new lines of metrics are looked for."""

Watch = Callable[[Mapping[str, Any]], None]
"""Is told each line of the metrics soon after it is written."""


def tune(tuning: Tuning, stop: Stop, watch: Watch = lambda line: None) -> Trained:
    """Train, or go on where this run was left, and return what came of it; a finished one is told without Ray.

    Raises:
        BuildStopped: a stop was wished; a checkpoint of the last step is kept and the same call goes on from it.
        VaricotError: something a person can mend.
    """
    folder, output, training = tuning.folder, tuning.output, _found(tuning.training)
    with only_runner(folder):
        if (done_before := finished(training, output)) is not None:
            return done_before
        scratch = _emptied(folder / "ray")
        stop_file = StopFile(folder / "stop")
        with ray_running(tuning.cluster, training.workers), relayed(lambda: stop.asked, stop_file):
            # What Ray reads when it is imported is set by now.
            from pipelines.train.on_ray import Work, train_on_ray

            work = Work(training, output, stop_file, scratch / "metrics.jsonl")
            one_machine = tuning.cluster.address is None
            done = _watched(lambda: train_on_ray(work, scratch, one_machine=one_machine), work.lines, stop_file, watch)
        shutil.rmtree(scratch)
    if not done:
        raise BuildStopped(stop.reason)
    return read_trained(output)


@dataclass
class _Lines:
    """Lines of a file that another process appends to."""

    path: Path
    read: int = 0

    def tell(self, watch: Watch) -> None:
        """Tell the whole lines that are new."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            file.seek(self.read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self.read += len(whole)
        for line in whole.splitlines():
            watch(json.loads(line))


def _watched(train: Callable[[], bool], path: Path, stop: StopFile, watch: Watch) -> bool:
    """Train on a thread of its own (on the main one Ray would take Ctrl-C to itself) and tell its metrics from here."""
    lines = _Lines(path)
    with ThreadPoolExecutor(1, "training") as threads:
        training: Future[bool] = threads.submit(train)
        try:
            while wait([training], LOOK_SECONDS).not_done:
                lines.tell(watch)
            lines.tell(watch)
        except BaseException:
            stop.ask()
            raise
    return training.result()


def _found(training: Training) -> Training:
    """Return a training whose dataset is one version, and lies with its start where all who share this disk find it."""
    dataset, start = training.dataset, training.start
    if Path(dataset.path).is_dir():
        dataset = replace(dataset, path=str(newest_version(Path(dataset.path).resolve())))
    return replace(training, dataset=dataset, start=None if start is None else str(Path(start).resolve()))


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
