"""Trains a model on a dataset, in this process: stage after stage, resumable at every one, all or nothing at the end.

output/run.json               what is trained on what; another run is refused here
output/stage-00/              checkpoints and metrics of a stage; `stage.json` closes it
output/model/                 the adapter (or model), its tokenizer, its card; there once all stages are done
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from transformers import set_seed

from data.errors import ConfigError
from data.store import only_runner, read_json, write_json
from sft.checkpoint import step_of
from sft.config import Training
from sft.job import Job, find_job, plans
from sft.keeper import Keeper
from sft.metrics import Watch, last_of
from sft.one_stage import METRICS, Place, train_stage
from sft.publish import publish
from sft.rows import Prepared
from sft.schedules.stage import Planned, TrainingStage

CLOSED = "stage.json"
"""Beside the checkpoints of a stage that is done."""


@dataclass(frozen=True)
class Trained:
    """What training ended in."""

    folder: Path
    """The adapter, or the whole model: what PEFT or transformers loads."""
    stages: Sequence[Path]
    """The checkpoint each stage ended in, likewise."""
    record: Mapping[str, Any]
    """What `training.json` says."""


def train(config: Training, output: Path, *, watch: Watch | None = None) -> Trained:
    """Train, or go on where this very run was left, and return what came of it; a finished one is only told.

    Args:
        config: the run.
        output: its folder; one run a folder.
        watch: is told each line of the metrics.

    Raises:
        ConfigError: base, adapter, schedule or rows do not fit; everything that is wrong is named.
        InputError: the dataset cannot be read as asked.
        ArtifactError: the folder holds another run, or is in use, or `start` is of another base.
        TrainingError: the numbers went bad or the disk is full; the last good checkpoint is kept.
    """
    if config.workers != 1:
        raise ConfigError(f"workers is {config.workers}; this trains in one process")
    with only_runner(output), _threads(config.threads):
        job = find_job(config)
        job.claim(output)
        plan, held_out = plans(job)
        done = [_stage(job, output, at, held_out, stage, watch) for at, stage in enumerate(plan.stages)]
        taken = [_taken(output, number) for number in range(len(done))]
        record = _record(job, done, plan)
        return Trained(publish(output / "model", taken[-1], job.tokenizer, record), taken, record)


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _stage(
    job: Job,
    output: Path,
    number: int,
    held_out: Mapping[str, TrainingStage],
    stage: TrainingStage,
    watch: Watch | None,
) -> dict[str, Any]:
    """Train a stage, or read what it ended in."""
    place = Place(_folder(output, number), stage.name)
    if not (place.folder / CLOSED).is_file():
        rows = job.prepared(stage, held_out[stage.name].rows if stage.name in held_out else [])
        set_seed(job.config.seed + number)
        model = job.model(_before(job, output, number, stage))
        keeper = train_stage(model, job.tokenizer, rows, job.config, place, watch)
        write_json(place.folder / CLOSED, _told(stage, rows, keeper, place))
    return dict(read_json(place.folder / CLOSED))


def _before(job: Job, output: Path, number: int, stage: TrainingStage) -> Path | None:
    """Return what a stage goes on from."""
    if number == 0 or stage.from_base:
        return None if job.config.start is None else Path(job.config.start)
    return _taken(output, number - 1)


def _taken(output: Path, number: int) -> Path:
    folder = _folder(output, number)
    return folder / str(read_json(folder / CLOSED)["taken"])


def _folder(output: Path, number: int) -> Path:
    return output / f"stage-{number:02d}"


def _told(stage: TrainingStage, rows: Prepared, keeper: Keeper, place: Place) -> dict[str, Any]:
    taken = keeper.chosen
    return {
        "name": stage.name,
        "rows": len(rows.train),
        "dropped": dict(rows.dropped),
        "taken": taken.name,
        "step": step_of(taken),
        "loss": last_of(place.folder / METRICS, "loss"),
        "held_out_loss": keeper.chosen_loss,
        "stopped_early": keeper.progress.stopped,
    }


def _record(job: Job, stages: Sequence[Mapping[str, Any]], plan: Planned) -> dict[str, Any]:
    config, source = job.config, job.source
    dropped = Counter(plan.left_out)
    for stage in stages:
        dropped.update(stage["dropped"])
    kept = [{key: value for key, value in stage.items() if key != "taken"} for stage in stages]
    settings = TypeAdapter(Training).dump_python(config, mode="json")
    return {
        "base": {"model": config.base.model, "revision": config.base.revision, "digest": job.identity["base"]},
        "dataset": {
            "name": source.name,
            "version": source.version,
            "digest": source.digest,
            "config": config.dataset.config,
        },
        "settings": {key: value for key, value in settings.items() if key not in ("base", "dataset", "start")},
        "trained": {"stages": kept, "dropped": dict(dropped), "added_tokens": len(job.new_tokens)},
    }
