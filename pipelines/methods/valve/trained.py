"""Forms that train what a base is turned along.

`update` is the paper's, theta + alpha * delta, with delta trained (Ma et al. 2025, section 3); `solutions` trains it on
solutions that the source brings (MixChain-C). `mixture` is the survey's, alpha * delta_none + (1 - alpha) * delta_long.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from data.spec import Positive, spec
from pipelines.methods.method import checked
from pipelines.methods.valve.workshop import LowRank, Workshop
from pipelines.plan.step import Step
from sft.config import Direction
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.engine import Sampling
from stages.skipping.full_chains import FullChains
from stages.voting.vote import Vote


@spec
class Update(LowRank):
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
        return trained

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        choose, name, wishes = self.LENGTH[self.direction]
        prompt = Prompt(name=name, samples=self.samples, wishes=wishes if self.wishes is None else self.wishes)
        samples = shop.samples(name, prompt, self.sampling)
        stages = (GroupStats(), KeepVerified(), DropRepeats(), KeepChosen(choose=choose))
        return (shop.trained("direction", (f"{name}-rows", stages), samples, self.direction),)


@spec
class Mixture(LowRank):
    """Two updates: one learns the answer alone, the other each problem's longest chain; alpha goes to the first."""

    kind: Literal["mixture"] = "mixture"
    samples: Positive = 4
    """Plain samples a problem: both learn from the right ones among them."""
    sampling: Sampling = Sampling(max_tokens=512)
    direction: ClassVar[Direction] = "long_to_short"

    def rank(self, trained: int) -> int:
        return 2 * trained

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        samples = shop.samples("plain", Prompt(name="plain", samples=self.samples), self.sampling)
        alone = Vote(method=shop.called, tokenizer=shop.setting.tokenizer, rule="plurality")
        none = (GroupStats(), KeepVerified(), alone)
        long = (GroupStats(), KeepVerified(), DropRepeats(), KeepChosen(choose="longest"))
        return (
            shop.trained("none", ("none-rows", none), samples, "long_to_short"),
            shop.trained("long", ("long-rows", long), samples, "short_to_long"),
        )

    def times(self, alpha: float) -> tuple[float, ...]:
        return (alpha, 1 - alpha)


@spec
class Solutions(LowRank):
    """One update, trained on the solutions that the source brings with its problems: ground truth, as a rule short."""

    kind: Literal["solutions"] = "solutions"
    direction: Direction = "long_to_short"
    """What more of it does to chains: `short_to_long` for a base that thinks less than the solutions do."""

    def rank(self, trained: int) -> int:
        return trained

    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        solutions = checked("solutions", (FullChains(),), shop.setting)
        return (shop.trained("direction", ("solution-rows", (KeepVerified(),)), solutions, self.direction),)
