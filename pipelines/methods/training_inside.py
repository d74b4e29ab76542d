"""What methods share that train adapters inside a build and ask them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.errors import ConfigError
from pipelines.methods.method import Setting
from pipelines.plan.step import Step
from sft.config import Base, Direction, Learning, Rows, Training
from stages.asking.prompts import Adapter
from stages.engines.local.local import Local


def adapting_engine(kind: str, setting: Setting, rank: int, faults: Sequence[str] = ()) -> Local:
    """Return the engine that serves adapters of this rank.

    Raises:
        ConfigError: with every fault, those given among them.
    """
    found = []
    engine = setting.engine
    if not isinstance(engine, Local) or not engine.max_loras:
        found.append(f"{kind}: it needs an engine of kind `local` with `max_loras`, to serve the adapters it trains")
    if isinstance(engine, Local) and engine.max_lora_rank < rank:
        found.append(f"{kind}: rank {rank} is over the engine's max_lora_rank, {engine.max_lora_rank}; raise that")
    found += faults
    if found or not isinstance(engine, Local):
        raise ConfigError(*found)
    return engine


def training_of(
    kind: str, learning: Learning, engine: Local, setting: Setting, direction: Direction | None = None
) -> Training:
    """Return the training of an adapter of the engine's model; what it learns from, a step will have made.

    Raises:
        ConfigError: the adapter would be none, or the settings do not fit each other.
    """
    if learning.adapter.kind == "full":
        raise ConfigError(f"{kind}: `training.adapter` is full, which the engine cannot serve; take a LoRA")
    base, rows = Base(model=engine.model, revision=engine.revision), Rows(path="")
    how = {field.name: getattr(learning, field.name) for field in fields(Learning)}
    try:
        return Training(base=base, dataset=rows, direction=direction, seed=setting.seed, **how)
    except ValidationError as error:
        raise ConfigError(*(f"{kind}: training: {fault['msg']}" for fault in error.errors())) from None


OLD_NAMES = {"lora": "adapter", "learning_rate": "learning_rate", "epochs": "epochs", "threads": "threads"}
"""Fields that stood in a method before there was `training`, and what they are called there."""


def with_training(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of a method with those moved into `training` that stood beside it in older run files."""
    moved = {OLD_NAMES[name]: value for name, value in said.items() if name in OLD_NAMES}
    kept = {name: value for name, value in said.items() if name not in OLD_NAMES}
    return kept | {"training": {**moved, **kept.get("training", {})}} if moved else said


def in_todays_words(said: Any, older: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Any:
    """Return the settings of a method from a run file in today's words.

    What a validator hands on, changed or not, is strict Python and no JSON any more, in which a list fills no tuple.
    """
    if not isinstance(said, dict):
        return said
    return {name: value if name == "prompt" else _tuples(value) for name, value in older(said).items()}


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def adapter_of(run: Path, step: Step, name: str) -> Adapter:
    """Return an adapter that a step will have made; known by all that decides it, for its files are not there yet.

    Args:
        run: the folder of the run.
        step: what makes it.
        name: of the adapter in the step's folder.
    """
    return Adapter(path=str(run / "artifacts" / step.folder / name), revision=f"{step.fingerprint}/{name}")
