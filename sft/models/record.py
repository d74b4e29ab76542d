"""What is written of a training: of each stage as it closes, and of the whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sft.config import Training
from sft.rows.prepare import Prepared
from sft.run.checkpoint import step_of
from sft.run.job import Job
from sft.run.keeper import Keeper
from sft.run.metrics import last_of
from sft.schedules.stage import Planned, TrainingStage


def stage_record(stage: TrainingStage, rows: Prepared, keeper: Keeper, metrics: Path) -> dict[str, Any]:
    """Return what `stage.json` says."""
    taken = keeper.chosen
    return {
        "name": stage.name,
        "rows": len(rows.train),
        "dropped": dict(rows.dropped),
        "taken": taken.name,
        "step": step_of(taken),
        "loss": last_of(metrics, "loss"),
        "held_out_loss": keeper.chosen_loss,
        "stopped_early": keeper.progress.stopped,
    }


def run_record(job: Job, stages: Sequence[Mapping[str, Any]], plan: Planned) -> dict[str, Any]:
    """Return what `training.json` says, but for the weights."""
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
        "controls": source.controls,
        "settings": {key: value for key, value in settings.items() if key not in ("base", "dataset", "start")},
        "trained": {"stages": kept, "dropped": dict(dropped), "added_tokens": len(job.new_tokens)},
    } | ({} if config.turns is None else {"update": update(config.turns)})


def update(direction: str) -> Mapping[str, Any]:
    """Return what a record says of weights that are made to be scaled: which way they turn, and how to count them."""
    return {"direction": direction, "scales": [0, 1], "convention": "base + alpha * update"}
