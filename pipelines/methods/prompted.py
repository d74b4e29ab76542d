"""Prompted: every problem put in several ways of the prompt bank (Lee et al. 2025, arXiv 2503.01141, and others).

Samples each problem with any strategies of the bank, keeps the verified replies and labels the problem with its token
complexity: the fewest tokens at which any prompt still solved it. Keeps: the model's own wording, verified answers, and
which prompt asked. Loses: problems that no prompt solved, and what could be had only by training.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.errors import ConfigError
from data.prompt_bank.bank import BANK, VALUE, Bank, Strategy, read_bank
from data.spec import Name, Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.choosing.token_complexity import LabelTokenComplexity
from stages.engines.engine import Sampling
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@spec
class Values:
    """A strategy with the numbers it is to name, each of them a prompt."""

    id: Name
    values: Annotated[tuple[Positive, ...], Field(min_length=1)]


@spec
class Prompted(Method):
    """Samples under every prompt; of the verified replies the shortest, the two ends, or all are targets."""

    kind: Literal["prompted"] = "prompted"
    paper: ClassVar[str] = "Lee et al. 2025, arXiv 2503.01141"

    prompts: Annotated[tuple[Name | Values, ...], Field(min_length=1)] = (
        "default_cot",
        "be_concise",
        "chain_of_draft",
        "bullet_points",
        "token_budget",
    )
    """Ids of the bank; one that names a number takes its default, or `{id: ..., values: [...]}`."""
    samples: Positive = 1
    """Replies to each prompt."""
    bank: str | None = None
    """A bank of your own, in the form of `data/prompt_bank/bank.yaml`; null for that one."""
    keep: Literal["shortest", "extremes", "all"] = "shortest"
    """`extremes` keeps a problem's shortest and longest verified replies, `all` every one that is no repeat."""
    race: bool = True
    """With `keep: shortest`, cut replies short that cannot win any more; choice and complexity are the same."""
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0)

    def traces(self, setting: Setting) -> Sequence[Stage]:
        race = self.race and self.keep == "shortest"
        return (sampler(self.called, setting, self._prompts(), self.sampling, race=race),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        chosen = () if self.keep == "all" else (KeepChosen(choose=self.keep),)
        return (
            GroupStats(),
            LabelTokenComplexity(),
            KeepVerified(),
            DropRepeats(),
            *chosen,
            AsTrainingRows(method=self.called),
        )

    def _prompts(self) -> tuple[Prompt, ...]:
        """Return the prompts, or refuse with every fault in how they are named."""
        bank = read_bank(Path(self.bank) if self.bank else BANK)
        faults, prompts = list[str](), list[Prompt]()
        if self.samples > 1 and self.sampling.temperature == 0:
            faults.append(f"{self.called}: samples is {self.samples} at temperature 0, so all would be alike")
        for asked in self.prompts:
            try:
                prompts += self._of(asked, bank)
            except ConfigError as error:
                faults += [f"{self.called}: {fault}" for fault in error.faults]
        counts = Counter(prompt.name for prompt in prompts)
        faults += [
            f"{self.called}: prompt {name!r} is given {times} times" for name, times in counts.items() if times > 1
        ]
        if faults:
            raise ConfigError(*faults)
        return tuple(prompts)

    def _of(self, asked: str | Values, bank: Bank) -> Iterator[Prompt]:
        strategy = bank.strategy(asked if isinstance(asked, str) else asked.id)
        if isinstance(asked, Values) and strategy.parameter is None:
            raise ConfigError(f"prompt {asked.id!r} names no number; leave `values` out")
        default = (strategy.parameter.default,) if strategy.parameter else (None,)
        for value in asked.values if isinstance(asked, Values) else default:
            yield _prompt(strategy, value, self.samples)


def _prompt(strategy: Strategy, value: int | None, samples: int) -> Prompt:
    number = "" if value is None else str(value)
    wish = strategy.wish.replace(VALUE, number)
    system = strategy.system and strategy.system.replace(VALUE, number)
    return Prompt(name=strategy.named(value), samples=samples, wishes=(wish,) if wish else (), system=system)
