"""Trains a model on a dataset: stage after stage, resumable at every step, all or nothing at the end.

Where several processes train together, each calls `train`; rows are shared out among them and the first one writes.

output/run.json               what is trained on what; another run is refused here
output/stage-00/              checkpoints and metrics of a stage; `stage.json` closes it
output/model/                 the adapter (or model), its tokenizer, its card; there once all stages are done
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from transformers import set_seed

from data.errors import ConfigError
from data.store import only_runner, read_json, write_json
from sft.config import Training
from sft.models.publish import publish
from sft.models.record import run_record, stage_record
from sft.models.trained import CLOSED, MODEL, Trained
from sft.run.claim import claim, done
from sft.run.going import Going
from sft.run.job import find_job, plans
from sft.run.machine import check_machine
from sft.run.metrics import Watch
from sft.run.one_stage import METRICS, StageFolder, train_stage
from sft.run.team import Team, group_of_one, team
from sft.schedules.stage import TrainingStage


def train(
    config: Training,
    output: Path,
    *,
    watch: Watch | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train, or go on where this very run was left, and return what came of it; a finished one is only told.

    Args:
        config: the run.
        output: its folder; one run a folder.
        watch: is told each line of the metrics, in the first process.
        stopping: is asked after each step whether to write a checkpoint and stop.

    Raises:
        TrainingStopped: it was; the same call goes on.
        ConfigError: base, adapter, schedule or rows do not fit, or a package is not installed; all of it is named.
        InputError: the dataset cannot be read as asked.
        ArtifactError: the folder holds another run or another direction, or is in use, or `start` is of another base.
        TrainingError: the numbers went bad or the disk is full; the last good checkpoint is kept.
    """
    here = team()
    if config.workers != here.size:
        raise ConfigError(f"workers is {config.workers}; {here.size} train here, and `pipelines.tuning` starts more")
    check_machine(config)
    with group_of_one(config.fsdp), only_runner(output) if here.is_first else nullcontext(), _threads(config, here):
        job = here.in_turn(lambda: find_job(config, verified=not here.is_first))
        here.first(lambda: claim(output, job.identity))
        going = Going(job, output, here, watch, stopping)
        plan, held_out = plans(job)
        stages = [_stage(going, at, held_out, stage) for at, stage in enumerate(plan.stages)]
        record = run_record(job, stages, plan)
        here.first(lambda: publish(output / MODEL, going.taken(len(stages) - 1), job.tokenizer, record))
        return done(config, output)


@contextmanager
def _threads(config: Training, here: Team) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(config.threads or here.threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _stage(going: Going, number: int, held_out: Mapping[str, TrainingStage], stage: TrainingStage) -> Mapping[str, Any]:
    """Train a stage, or read what it ended in."""
    job = going.job
    # A stage from the base is to be what training on its rows alone would be.
    place = StageFolder(going.folder(number), stage.name, job.config.seed + (0 if stage.from_base else number))
    closed = place.folder / CLOSED
    if not closed.is_file():
        going.stop_if_asked()
        watched = held_out[stage.name].rows if stage.name in held_out else []
        rows = going.team.in_turn(lambda: job.prepared(stage, watched, going.output / "tokens"))
        set_seed(place.seed)
        model = job.model(going.before(number, stage))
        keeper = train_stage(model, rows, place, going)
        going.team.first(lambda: write_json(closed, stage_record(stage, rows, keeper, place.folder / METRICS)))
    return dict(read_json(closed))
