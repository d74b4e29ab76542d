"""What a method is: which stages make its traces, and which make training rows of them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from data.errors import ConfigError
from data.prompts.template import AnyPrompt, Template
from data.spec import spec
from data.thinking.thinking import Thinking
from pipelines.step import Step, used_by
from stages.check_answer import CheckAnswer
from stages.engines.engine import Sampling
from stages.engines.every import AnyEngine
from stages.prompts import Prompt, RenderPrompt
from stages.replies import SplitReply
from stages.sample_cots import SampleCoTs
from stages.stage import Stage
from stages.tokens import load_tokenizer


@dataclass(frozen=True)
class Setting:
    """What a run gives every method."""

    engine: AnyEngine | None
    """None where traces are imported and nothing is asked."""
    tokenizer: str
    seed: int
    prompt: Template = field(default_factory=Template)
    """What every question is put in."""
    thinking: Thinking = field(default_factory=Thinking)
    """The models' marks of thought."""
    read: Step = field(default_factory=lambda: Step("read"))
    """The step that reads the source."""
    imported: bool = False
    """Whether the source gives traces."""
    folder: Path = Path()
    """The folder of the run: where files lie that steps make for each other."""


@dataclass(frozen=True)
class Branch:
    """What one method needs: its traces, and its training rows; and, before them, whatever these need."""

    method: "Method"
    traces: Step
    rows: Step


@spec
class Method(ABC):
    """A way to several lengths; make one with `@spec`. Its module names the paper, what it keeps and what it loses."""

    kind: str
    prompt: AnyPrompt | None = None
    """What this method puts every question in, where that is not the run's `prompt`."""
    paper: ClassVar[str]
    """Authors, year and arXiv number."""

    def cautions(self, multi_step: bool | None) -> Sequence[str]:
        """Return what a person should know before it is paid for; `multi_step` is what the source says of itself."""
        return ()

    def placed(self, setting: Setting) -> Setting:
        """Return the setting as this method has it."""
        return setting if self.prompt is None else replace(setting, prompt=self.prompt)

    def branch(self, setting: Setting) -> Branch:
        """Return the steps from the source to training rows; a method that trains meanwhile has more of them.

        Raises:
            ConfigError: the settings do not fit each other or the run.
        """
        asked = () if setting.imported else tuple(self.traces(setting))
        traces = checked("check" if setting.imported else "sample", asked, setting)
        stages = tuple(self.stages(setting))
        return Branch(self, traces, Step(self.kind, stages, (traces,), also=used_by(stages)))

    def traces(self, setting: Setting) -> Sequence[Stage]:
        """Return the stages from problems to raw traces; not used where traces are imported."""
        raise NotImplementedError(f"{self.kind} gives a `branch` of its own")

    @abstractmethod
    def stages(self, setting: Setting) -> Sequence[Stage]:
        """Return the stages from checked traces to training rows."""


def sampler(
    kind: str, setting: Setting, prompts: tuple[Prompt, ...], sampling: Sampling, *, race: bool = False
) -> SampleCoTs:
    """Return the stage that asks the run's engine.

    Raises:
        ConfigError: the run has none.
    """
    if setting.engine is None:
        raise ConfigError(f"{kind}: there is no engine to sample with; give `engine`, or import `traces`")
    if setting.prompt.template_args and "template_args" not in setting.engine.capabilities:
        told = f"`prompt.template_args` {sorted(setting.prompt.template_args)} would be passed over by this engine"
        raise ConfigError(f"{kind}: {told}; see `accepts` in docs/engines.md")
    return SampleCoTs(
        engine=setting.engine,
        prompts=prompts,
        sampling=sampling,
        seed=setting.seed,
        thinking=setting.thinking,
        race=race,
    )


def checked(
    name: str,
    asked: Sequence[Stage],
    setting: Setting,
    after: tuple[Step, ...] = (),
    needs: tuple[Step, ...] | None = None,
) -> Step:
    """Return the step that asks by these stages and checks what comes back.

    Args:
        needs: the steps whose rows are asked; None for the problems of the source, whose prompt is rendered here.
    """
    rendered = (RenderPrompt(template=setting.prompt),) if needs is None else ()
    split = SplitReply(tokenizer=setting.tokenizer, thinking=setting.thinking)
    stages = (*rendered, *asked, split, CheckAnswer())
    also = {"tokenizer": load_tokenizer(setting.tokenizer).identity} | used_by(stages)
    return Step(name, stages, (setting.read,) if needs is None else needs, also=also, after=after)
