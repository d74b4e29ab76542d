"""How a base is turned by adapters: updates that steps make, scaled by each alpha, and every problem asked at each."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.files.mixes import Mixes, mixed_name
from pipelines.files.trains import Trains
from pipelines.methods.method import Setting, checked, guarded, sampler
from pipelines.methods.training_inside import adapter_of, adapting_engine, training_of
from pipelines.plan.step import Step, files_step, rows_step
from sft.config import Direction, Learning
from stages.asking.prompts import Adapter, Prompt
from stages.engines.engine import Sampling
from stages.engines.local.local import Local
from stages.sample_cots import SampleCoTs
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@dataclass(frozen=True)
class Workshop:
    """What a form needs to make its chains."""

    called: str
    """The method."""
    setting: Setting
    learning: Learning
    """How what is trained is."""
    sampling: Sampling
    """How the chain at each alpha is drawn."""

    def turned(self, rank: int) -> "Workshop":
        """Return the workshop with its engine looked at: one that serves adapters of this rank.

        Raises:
            ConfigError: it does not, or what is trained would not scale.
        """
        faults, kind = [], self.learning.adapter.kind
        if kind not in ("lora", "rslora"):
            faults.append(f"{self.called}: an update by {kind} is not linear in alpha; take lora or rslora")
        return replace(
            self, setting=replace(self.setting, engine=adapting_engine(self.called, self.setting, rank, faults))
        )

    @property
    def engine(self) -> Local:
        """Return the engine whose model is turned."""
        assert isinstance(self.setting.engine, Local)
        return self.setting.engine

    def samples(self, name: str, prompt: Prompt, sampling: Sampling) -> Step:
        """Return the step that draws and checks what is learned from."""
        return checked(name, (sampler(self.called, self.setting, (prompt,), sampling),), self.setting)

    def trained(self, name: str, rows: tuple[str, tuple[Stage, ...]], samples: Step, direction: Direction) -> Step:
        """Return the step that trains an update on what these stages make of samples, behind the plain question."""
        stages = guarded((*rows[1], AsTrainingRows(method=self.called)), self.setting)
        chosen = rows_step(rows[0], stages, samples)
        training = training_of(self.called, self.learning, self.engine, self.setting, direction)
        return files_step(name, Trains(training=training), chosen)

    def asked(self, at: int, alpha: float, adapter: Adapter | None = None) -> Prompt:
        """Return the prompt of the chain at an alpha."""
        return Prompt(name=f"alpha-{at}", samples=1, control_kind="alpha", control_value=alpha, adapter=adapter)

    def chains(self, prompts: Sequence[Prompt]) -> SampleCoTs:
        """Return the stage that draws the chains."""
        return sampler(self.called, self.setting, tuple(prompts), self.sampling)


class LowRank(ABC):
    """A form whose updates are adapters: all of them, at every alpha, answer on one engine."""

    @abstractmethod
    def rank(self, trained: int) -> int:
        """Return the rank of the adapters, from that of the trained ones."""

    @abstractmethod
    def updates(self, shop: Workshop) -> tuple[Step, ...]:
        """Return the steps that make the updates."""

    def times(self, alpha: float) -> tuple[float, ...]:
        """Return how often each update counts."""
        return (alpha,)

    def chains(self, shop: Workshop, alphas: Sequence[float]) -> Step:
        """Return the step that asks every problem at every alpha."""
        shop = shop.turned(self.rank(shop.learning.adapter.rank))
        times = tuple(self.times(alpha) for alpha in alphas)
        scaled = files_step("alphas", Mixes(times=times), *self.updates(shop))
        folder = shop.setting.folder
        adapters = [adapter_of(folder, scaled, mixed_name(counts)) if any(counts) else None for counts in times]
        prompts = [shop.asked(at, alpha, adapters[at]) for at, alpha in enumerate(alphas)]
        return checked("chains", (shop.chains(prompts),), shop.setting, after=(scaled,))
