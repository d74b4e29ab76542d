"""What methods share that train adapters inside a build and ask them."""

from collections.abc import Sequence
from typing import Any

from data.errors import ConfigError
from pipelines.methods.method import Setting
from pipelines.plan.step import Making, Step, used_by
from sft.config import Adapter as Lora
from sft.config import Base, Direction, Rows, Training
from stages.asking.prompts import Adapter
from stages.engines.local.local import Local
from stages.stage import Stage


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


def lora_training(
    engine: Local,
    setting: Setting,
    lora: Lora,
    *,
    rate: float,
    epochs: int,
    threads: int | None,
    direction: Direction | None = None,
) -> Training:
    """Return the training of an adapter of the engine's model; what it learns from, a step will have made."""
    return Training(
        base=Base(model=engine.model, revision=engine.revision),
        dataset=Rows(path=""),
        adapter=lora,
        learning_rate=rate,
        epochs=epochs,
        threads=threads,
        direction=direction,
        seed=setting.seed,
    )


def adapter_of(setting: Setting, step: Step, name: str) -> Adapter:
    """Return an adapter that a step will have made; known by all that decides it, for its files are not there yet."""
    return Adapter(path=str(setting.folder / "artifacts" / step.folder / name), revision=f"{step.fingerprint}/{name}")


def making_step(name: str, making: Making, *needs: Step) -> Step:
    """Return the step that makes files of what others have made."""
    also: dict[str, Any] = dict(making.uses())
    return Step(name, needs=needs, making=making, also=also)


def rows_step(name: str, stages: Sequence[Stage], *needs: Step, after: tuple[Step, ...] = ()) -> Step:
    """Return the step that makes rows of those of others."""
    return Step(name, tuple(stages), needs, also=used_by(stages), after=after)
