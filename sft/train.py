"""Trains a model on a dataset, in this process: stage after stage, resumable at every one, all or nothing at the end.

output/run.json               what is trained on what; another run is refused here
output/stage-00/              checkpoints and metrics of a stage; `stage.json` closes it
output/model/                 the adapter (or model), its tokenizer, its card; there once all stages are done
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from transformers import set_seed

from data.errors import ArtifactError, ConfigError
from data.spec import digest, identity
from data.store import only_runner, read_json, write_json
from sft.adapter import RECORD, attach, check_base
from sft.added import add_to_model, add_to_tokenizer, wanted
from sft.base import base_digest, find, load_model, load_tokenizer
from sft.checkpoint import step_of
from sft.config import Training
from sft.keeper import Keeper
from sft.metrics import Watch, last_of
from sft.one_stage import METRICS, Place, train_stage
from sft.publish import publish
from sft.rows import Prepared, prepare
from sft.schedules.stage import Planned, TrainingStage
from sft.source import Source, read
from sft.tools import tools_of

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


@dataclass(frozen=True)
class _Job:
    config: Training
    output: Path
    base: Path
    identity: Mapping[str, Any]
    source: Source
    tokenizer: Any
    known_tokens: int
    new_tokens: Sequence[int]
    watch: Watch | None


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
    with only_runner(output):
        job = _job(config, output, watch)
        _claim(job)
        train_rows, held_out = _plans(job)
        done = [_stage(job, number, stage, held_out) for number, stage in enumerate(train_rows.stages)]
        taken = [_taken(output, number) for number in range(len(done))]
        record = _record(job, done, train_rows)
        return Trained(publish(output / "model", taken[-1], job.tokenizer, record), taken, record)


def _job(config: Training, output: Path, watch: Watch | None) -> _Job:
    base = find(config.base)
    base_name = base_digest(base)
    start = None if config.start is None else Path(config.start)
    if start is not None:
        check_base(start, base_name)
    source = read(config.dataset, config.schedule.reads, watched=config.patience is not None)
    tokenizer = load_tokenizer(base if start is None else start)
    known = len(tokenizer)
    new = add_to_tokenizer(tokenizer, wanted([*source.train, *source.held_out]))
    if new and start is not None:
        raise ConfigError(f"start: its rows need tokens that {start} has not learned; train from the base instead")
    named = {"config": identity(config), "base": base_name, "dataset": source.digest}
    named |= {"start": None if start is None else start_digest(start)}
    return _Job(config, output, base, named, source, tokenizer, known, new, watch)


def start_digest(folder: Path) -> str:
    """Return what names a trained model to go on from."""
    return digest(read_json(folder / RECORD)["weights"])


def _claim(job: _Job) -> None:
    """Make the folder this run's, or see that it is."""
    path = job.output / "run.json"
    was = read_json(path) if path.is_file() else None
    if was is None:
        write_json(path, job.identity)
    elif was != job.identity:
        differ = sorted(key for key in job.identity if was.get(key) != job.identity[key])
        raise ArtifactError(f"{job.output}: holds another run ({', '.join(differ)} differ); train into another folder")


def _plans(job: _Job) -> tuple[Planned, Mapping[str, TrainingStage]]:
    tools = tools_of(job.tokenizer)
    plan = job.config.schedule.plan(job.source.train, tools)
    watched = {stage.name: stage for stage in job.config.schedule.plan(job.source.held_out, tools).stages}
    faults = list(plan.faults)
    if job.config.patience is not None:
        blind = [stage.name for stage in plan.stages if not (stage.name in watched and watched[stage.name].rows)]
        faults += [f"patience: no held-out rows for stage {name!r}" for name in blind]
    if faults:
        raise ConfigError(*faults)
    return plan, watched


def _stage(job: _Job, number: int, stage: TrainingStage, held_out: Mapping[str, TrainingStage]) -> dict[str, Any]:
    """Train a stage, or read what it ended in."""
    place = Place(_folder(job.output, number), stage.name)
    closed = place.folder / CLOSED
    if closed.is_file():
        return dict(read_json(closed))
    watched = held_out[stage.name].rows if stage.name in held_out else []
    rows = prepare(stage.rows, watched, job.tokenizer, job.config.max_tokens, job.config.on_too_long)
    set_seed(job.config.seed + number)
    model = _model(job, _before(job, number, stage))
    keeper = train_stage(model, job.tokenizer, rows, job.config, place, job.watch)
    write_json(closed, _told(stage, rows, keeper, place))
    return dict(read_json(closed))


def _before(job: _Job, number: int, stage: TrainingStage) -> Path | None:
    """Return what a stage goes on from."""
    if number == 0 or stage.from_base:
        return None if job.config.start is None else Path(job.config.start)
    return _taken(job.output, number - 1)


def _taken(output: Path, number: int) -> Path:
    folder = _folder(output, number)
    return folder / str(read_json(folder / CLOSED)["taken"])


def _folder(output: Path, number: int) -> Path:
    return output / f"stage-{number:02d}"


def _model(job: _Job, start: Path | None) -> Any:
    full = job.config.adapter.kind == "full"
    model = load_model(start if full and start is not None else job.base, job.config)
    if not (full and start is not None):
        add_to_model(model, job.new_tokens, job.known_tokens)
    return attach(model, job.config, job.new_tokens, start)


def _told(stage: TrainingStage, rows: Prepared, keeper: Keeper, place: Place) -> dict[str, Any]:
    taken = keeper.chosen
    return {
        "name": stage.name,
        "rows": len(rows.train),
        "dropped": dict(rows.dropped),
        "taken": taken.name,
        "step": step_of(taken),
        "loss": last_of(place.folder / METRICS, "loss"),
        "held_out_loss": keeper.progress.best_loss if keeper.progress.best_step else None,
        "stopped_early": keeper.progress.stopped,
    }


def _record(job: _Job, stages: Sequence[Mapping[str, Any]], plan: Planned) -> dict[str, Any]:
    dropped = dict(plan.left_out)
    for stage in stages:
        for reason, count in stage["dropped"].items():
            dropped[reason] = dropped.get(reason, 0) + count
    config, source = job.config, job.source
    base = {"model": config.base.model, "revision": config.base.revision, "digest": job.identity["base"]}
    dataset = {"name": source.name, "version": source.version, "digest": source.digest, "config": config.dataset.config}
    kept = [{key: value for key, value in stage.items() if key != "taken"} for stage in stages]
    settings = TypeAdapter(Training).dump_python(config, mode="json")
    return {
        "base": base,
        "dataset": dataset,
        "settings": {key: value for key, value in settings.items() if key not in ("base", "dataset", "start")},
        "trained": {"stages": kept, "dropped": dropped, "added_tokens": len(job.new_tokens)},
    }
