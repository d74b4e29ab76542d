"""What CoT-Valve turns: how the updates come about that are added to a base, and how often each counts at an alpha.

`update` is the paper's, theta + alpha * delta, with delta trained (Ma et al. 2025, section 3; MixChain-C). `mixture` is
the survey's, alpha * delta_none + (1 - alpha) * delta_long. `difference` trains nothing: delta is what another model of
the same family has and the engine's has not (MixChain-Z). A new form is a class here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.spec import Positive, spec
from pipelines.files.subtracts import Subtracts
from pipelines.files.trains import Trains
from pipelines.methods.method import Setting, checked, guarded, sampler
from pipelines.plan.step import Step, files_step, rows_step
from sft.config import Base, Direction, Training
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.engine import Sampling
from stages.engines.local.local import Local
from stages.stage import Stage
from stages.training_rows import AsTrainingRows
from stages.voting.vote import Vote


@dataclass(frozen=True)
class Workshop:
    """What a form needs to make its updates."""

    called: str
    """The method."""
    engine: Local
    setting: Setting
    training: Callable[[Direction], Training]

    def samples(self, name: str, prompt: Prompt, sampling: Sampling) -> Step:
        """Return the step that draws and checks what is learned from."""
        asked = sampler(self.called, replace(self.setting, engine=self.engine), (prompt,), sampling)
        return checked(name, (asked,), self.setting)

    def trained(self, name: str, rows: tuple[str, tuple[Stage, ...]], samples: Step, direction: Direction) -> Step:
        """Return the step that trains an update on what these stages make of samples, behind the plain question."""
        stages = guarded((*rows[1], AsTrainingRows(method=self.called)), self.setting)
        chosen = rows_step(rows[0], stages, samples)
        return files_step(name, Trains(training=self.training(direction)), chosen)


@spec
class Update:
    """One update, trained on the model's own verified chains: the shortest of each problem, or the longest."""

    LENGTH: ClassVar[Mapping[Direction, tuple[Literal["shortest", "longest"], str, tuple[str, ...]]]] = {
        "long_to_short": ("shortest", "short", ("Be concise.",)),
        "short_to_long": ("longest", "long", ()),
    }

    kind: Literal["update"] = "update"
    direction: Direction = "long_to_short"
    """What more of it does to chains; `short_to_long` is for a base that thinks little."""
    samples: Positive = 4
    """Samples a problem among which the chain is chosen."""
    wishes: tuple[str, ...] | None = None
    """Added to the instruction of these samples; the trained prompt is the plain one. Null is *Be concise.* for short
    ones, nothing for long ones."""
    sampling: Sampling = Sampling(max_tokens=512)

    def rank(self, trained: int) -> int:
        """Return the rank of the adapters, from that of the trained ones."""
        return trained

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        """Return the steps that make the updates."""
        choose, name, wishes = self.LENGTH[self.direction]
        prompt = Prompt(name=name, samples=self.samples, wishes=wishes if self.wishes is None else self.wishes)
        samples = shop.samples(name, prompt, self.sampling)
        stages = (GroupStats(), KeepVerified(), DropRepeats(), KeepChosen(choose=choose))
        return (shop.trained("direction", (f"{name}-rows", stages), samples, self.direction),)

    def times(self, alpha: float) -> tuple[float, ...]:
        """Return how often each update counts."""
        return (alpha,)


@spec
class Mixture:
    """Two updates: one learns the answer alone, the other each problem's longest chain; alpha goes to the first."""

    kind: Literal["mixture"] = "mixture"
    samples: Positive = 4
    """Plain samples a problem: both learn from the right ones among them."""
    sampling: Sampling = Sampling(max_tokens=512)
    direction: ClassVar[Direction] = "long_to_short"

    def rank(self, trained: int) -> int:
        """Return the rank of the adapters: those of both."""
        return 2 * trained

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        """Return the steps that make the updates."""
        samples = shop.samples("plain", Prompt(name="plain", samples=self.samples), self.sampling)
        alone = Vote(method=shop.called, tokenizer=shop.setting.tokenizer, rule="plurality")
        none = (GroupStats(), KeepVerified(), alone)
        long = (GroupStats(), KeepVerified(), DropRepeats(), KeepChosen(choose="longest"))
        return (
            shop.trained("none", ("none-rows", none), samples, "long_to_short"),
            shop.trained("long", ("long-rows", long), samples, "short_to_long"),
        )

    def times(self, alpha: float) -> tuple[float, ...]:
        """Return how often each update counts."""
        return (alpha, 1 - alpha)


@spec
class Difference:
    """What another model of the family has and the engine's has not, as a LoRA: nothing is trained."""

    kind: Literal["difference"] = "difference"
    other: Base
    """The other model: same architecture, same vocabulary."""
    lora_rank: Annotated[Positive, Field(le=256)] = 64
    """Rank of the LoRA that stands for the difference of each linear layer; how much it holds is told beside it."""
    direction: Direction = "long_to_short"
    """`short_to_long` where the other model is the one that thinks longer."""

    def rank(self, trained: int) -> int:
        """Return the rank of the adapters."""
        return self.lora_rank

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        """Return the steps that make the updates."""
        base = Base(model=shop.engine.model, revision=shop.engine.revision)
        subtracts = Subtracts(base=base, other=self.other, rank=self.lora_rank, direction=self.direction)
        return (files_step("difference", subtracts),)

    def times(self, alpha: float) -> tuple[float, ...]:
        """Return how often each update counts."""
        return (alpha,)


AnyForm = Annotated[Update | Mixture | Difference, Field(discriminator="kind")]
"""The `along` of a run file, told apart by `kind`."""
