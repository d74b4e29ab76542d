"""Forms that train nothing: the difference of two models, an adapter that exists, models that were interpolated."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from data.errors import ConfigError
from data.spec import PLACE, Positive, spec
from data.store import read_json
from pipelines.files.subtracts import Subtracts
from pipelines.files.takes import Takes
from pipelines.methods.method import checked
from pipelines.methods.valve.workshop import LowRank, Workshop
from pipelines.plan.step import Step, files_step
from sft.config import Base, Direction
from stages.engines.every import EngineName


@spec
class Difference(LowRank):
    """What another model of the family has and the engine's has not, as a LoRA (MixChain-Z in low rank)."""

    kind: Literal["difference"] = "difference"
    other: Base
    """The other model: same architecture, same vocabulary."""
    lora_rank: Annotated[Positive, Field(le=256)] = 64
    """Rank of the LoRA that stands for the difference of each linear layer; how much it holds is told beside it."""
    direction: Direction = "long_to_short"
    """`short_to_long` where the other model is the one that thinks longer."""

    def rank(self, trained: int) -> int:
        return self.lora_rank

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        base = Base(model=shop.engine.model, revision=shop.engine.revision)
        subtracts = Subtracts(base=base, other=self.other, rank=self.lora_rank, direction=self.direction)
        return (files_step("difference", subtracts),)


@spec
class Existing(LowRank):
    """A LoRA adapter that exists, of the engine's model: one of `tune`, or anybody's that PEFT wrote."""

    kind: Literal["adapter"] = "adapter"
    path: Annotated[str, PLACE]
    """Its folder; its files are its identity, not where they lie."""
    direction: Direction = "long_to_short"
    """What more of it does to chains."""

    def rank(self, trained: int) -> int:
        settings = Path(self.path) / "adapter_config.json"
        if not settings.is_file():
            raise ConfigError(f"cot_valve: along.path {self.path!r}: there is no adapter_config.json in it")
        rank = read_json(settings).get("r")
        if not isinstance(rank, int):
            raise ConfigError(f"cot_valve: along.path {self.path!r}: its adapter_config.json says no rank `r`")
        return rank

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        base = Base(model=shop.engine.model, revision=shop.engine.revision)
        return (files_step("adapter", Takes(adapter=self.path, base=base, direction=self.direction)),)


@spec
class Models:
    """Whole models, one an alpha, each served by an engine of its own (the paper's MixChain-Z).

    `python -m flows convert merge` writes them: every weight is interpolated, those that no adapter has too.
    """

    kind: Literal["models"] = "models"
    engines: Annotated[tuple[EngineName, ...], Field(min_length=1)]
    """Names in `engines`, one for each of `alphas`, in their order."""
    direction: Direction = "long_to_short"
    """What a higher alpha does to chains."""

    def chains(self, shop: Workshop, alphas: Sequence[float]) -> Step:
        """Return the step that brings together what each engine was asked.

        Raises:
            ConfigError: there are not as many engines as alphas.
        """
        if len(self.engines) != len(alphas):
            told = f"along.engines names {len(self.engines)} engines, and there are {len(alphas)} alphas; one each"
            raise ConfigError(f"{shop.called}: {told}")
        steps = []
        for at, (alpha, name) in enumerate(zip(alphas, self.engines, strict=True)):
            setting = replace(shop.setting, engine=shop.setting.named[name], teacher=at)
            asked = replace(shop, setting=setting).chains([shop.asked(at, alpha)])
            steps.append(checked(f"chains-{at}", (asked,), setting))
        return Step("chains", needs=tuple(steps))
