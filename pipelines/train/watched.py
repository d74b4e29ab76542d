"""Train on the running Ray and tell its metrics from here, while it can be stopped from here."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from pipelines.stop import StopFile
from pipelines.train.alone import Watch
from pipelines.train.on_ray import Work, train_on_ray
from sft.config import Training
from sft.models.trained import TrainingStopped

LOOK_SECONDS = 0.2
"""How often new lines of metrics are looked for."""


def train_watched(
    training: Training,
    output: Path,
    scratch: Path,
    stop: StopFile,
    watch: Watch,
    *,
    one_machine: bool,
) -> None:
    """Train into `output` with as many workers as it says; `scratch` is emptied before and gone afterwards.

    Raises:
        TrainingStopped: a stop was wished; a checkpoint of the last step is kept and the same call goes on from it.
        VaricotError: something a person can mend.
    """
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    work = Work(training, output, stop, scratch / "metrics.jsonl")
    done = _watched(lambda: train_on_ray(work, scratch, one_machine=one_machine), work.lines, stop, watch)
    shutil.rmtree(scratch)
    if not done:
        raise TrainingStopped


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
