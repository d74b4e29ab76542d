"""What a method is: which stages make its traces, and which make training rows of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Literal

from data.errors import ConfigError
from data.prompts.template import AnyPrompt, Template
from data.spec import Name, spec
from data.thinking.thinking import Thinking
from pipelines.plan.step import Step, used_by
from stages.asking.prompts import Prompt, RenderPrompt
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRemarked
from stages.choosing.pass_rate import KeepPassRate, PassRate
from stages.engines.engine import Sampling
from stages.engines.every import AnyEngine, EngineName
from stages.judge_answer import JudgeAnswer
from stages.replies.remark_replies import RemarkReplies
from stages.replies.repetition import LOOPS
from stages.replies.split_reply import SplitReply
from stages.sample_cots import SampleCoTs
from stages.stage import Stage
from stages.training_rows import AsTrainingRows

JUDGE, TEACHERS = "judge", "teachers"
"""Names of the steps in which the judge speaks, and in which the traces of several teachers come together."""


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
    named: Mapping[str, AnyEngine] = field(default_factory=dict)
    """The engines of the run that have names."""
    teachers: tuple[AnyEngine, ...] = ()
    """Several engines that each sample every problem; empty for the one."""
    teacher: int = 0
    """Which of them it is that samples."""
    judge: JudgeAnswer | None = None
    """Decides where the checker leaves a verdict open."""
    on_loop: Literal["keep", "drop"] = "keep"
    """What becomes of replies that loop."""
    pass_rate: PassRate | None = None
    """How often the problems are solved that a method keeps."""

    @property
    def samplers(self) -> int:
        """Return how many engines sample each problem."""
        return max(1, len(self.teachers))


@dataclass(frozen=True)
class Branch:
    """What one method needs: its traces, and its training rows; and, before them, whatever these need."""

    method: "Method"
    traces: Step
    rows: Step
    between: tuple[Step, ...] = ()
    """Steps from traces to rows, where a judge speaks among the method's stages."""


@spec
class Method(ABC):
    """A way to several lengths; make one with `@spec`. Its module names the paper, what it keeps and what it loses."""

    kind: str = ""
    """What a run file calls the method; every method has its own."""
    name: Name | None = None
    """What its config of the dataset is called; null for its kind. The same method may stand twice under two names."""
    pass_rate: PassRate | None = None
    """Keeps only the problems that are solved so often, of all their samples; null for all."""
    prompt: AnyPrompt | None = None
    """What this method puts every question in, where that is not the run's `prompt`."""
    engine: EngineName | None = None
    """The engine of `engines` that it asks; null for the run's `engine`, or for the only one of `engines`."""
    teachers: tuple[EngineName, ...] = ()
    """Engines of `engines` that each sample every problem, all of their replies one group; `model` tells them apart."""
    one_model: ClassVar[str] = ""
    """Why a method cannot have several teachers; empty where it can."""
    paper: ClassVar[str]
    """Authors, year and arXiv number."""

    @property
    def called(self) -> str:
        """Return what the config, its steps and its rows are called."""
        return self.name or self.kind

    def cautions(self, multi_step: bool | None) -> Sequence[str]:
        """Return what a person should know before it is paid for; `multi_step` is what the source says of itself."""
        return ()

    def cautions_beyond_tasks(self) -> Sequence[str]:
        """Return what a person should know where the problems are no task of the pocket world."""
        return ()

    @property
    def sampled_by(self) -> tuple[str, ...]:
        """Return the engines of `engines` that sample its traces, as far as it names them."""
        return (*(() if self.engine is None else (self.engine,)), *self.teachers)

    @property
    def engine_names(self) -> tuple[str, ...]:
        """Return the engines of `engines` that it names."""
        return self.sampled_by

    @property
    def told_in_tokens(self) -> str | None:
        """Return the setting whose numbers are tokens to the model, which counting words would make wrong."""
        return None

    def placed(self, setting: Setting) -> Setting:
        """Return the setting as this method has it.

        Raises:
            ConfigError: it makes groups of samples of its own, and is to keep problems by their pass rate.
        """
        if self.pass_rate is not None and type(self).branch is not Method.branch:
            raise ConfigError(f"{self.called}: it samples in several steps of its own; leave `pass_rate` out")
        placed = setting if self.pass_rate is None else replace(setting, pass_rate=self.pass_rate)
        return placed if self.prompt is None else replace(placed, prompt=self.prompt)

    def branch(self, setting: Setting) -> Branch:
        """Return the steps from the source to training rows; a method that trains meanwhile has more of them.

        Raises:
            ConfigError: the settings do not fit each other or the run.
        """
        traces = checked("check", (), setting) if setting.imported else self._sampled(setting)
        made = _judged_between(self.called, guarded(self.stages(setting), setting), traces, setting)
        *between, rows = self.capped(tuple(made), setting)
        return Branch(self, traces, rows, tuple(between))

    def capped(self, made: tuple[Step, ...], setting: Setting) -> tuple[Step, ...]:
        """Return the steps from traces to rows, with one more where a method keeps a part of all rows at once."""
        return made

    def _sampled(self, setting: Setting) -> Step:
        """Return the step whose rows are the traces of the engine, or of all teachers together."""
        if not setting.teachers:
            return checked("sample", tuple(self.traces(setting)), setting)
        each = [replace(setting, engine=engine, teacher=at) for at, engine in enumerate(setting.teachers)]
        steps = [checked(f"sample-{one.teacher + 1}", tuple(self.traces(one)), one) for one in each]
        return Step(TEACHERS, needs=tuple(steps))

    def traces(self, setting: Setting) -> Sequence[Stage]:
        """Return the stages from problems to raw traces; not used where traces are imported."""
        raise NotImplementedError(f"{self.called} gives a `branch` of its own")

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
        loops_lose=race and setting.on_loop == "drop",
        teacher=setting.teacher,
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
    stages = (*rendered, *asked, split, RemarkReplies(thinking=setting.thinking), CheckAnswer())
    step = Step(name, stages, (setting.read,) if needs is None else needs, also=used_by(stages), after=after)
    return judged(step, setting)


def judged(step: Step, setting: Setting) -> Step:
    """Return the step that lets the run's judge decide what a step has left open; the step itself without a judge."""
    if setting.judge is None:
        return step
    return Step(JUDGE, (setting.judge,), (step,), also=used_by((setting.judge,)))


def sampled(traces: Step) -> Iterator[Step]:
    """Yield the step of a branch's traces and, where it only judges or brings teachers together, those that sampled."""
    yield traces
    if traces.name in (JUDGE, TEACHERS):
        for step in traces.needs:
            yield from sampled(step)


def guarded(stages: Sequence[Stage], setting: Setting) -> tuple[Stage, ...]:
    """Return stages that remark the rows that loop, and drop them where the run says so.

    They are dropped after the statistics of their group, in which they count, and again where rows are made. Problems
    that are solved too often or too seldom leave after these statistics, too.
    """
    dropping = (DropRemarked(remarks=(LOOPS,)),) if setting.on_loop == "drop" else ()
    rated = () if setting.pass_rate is None else (KeepPassRate(within=setting.pass_rate),)
    every: list[Stage] = []
    for stage in stages:
        every += (RemarkReplies(thinking=setting.thinking), *dropping) if isinstance(stage, AsTrainingRows) else ()
        every += (stage, *rated, *dropping) if isinstance(stage, GroupStats) else (stage,)
    return tuple(every)


def _judged_between(kind: str, stages: Sequence[Stage], traces: Step, setting: Setting) -> Iterator[Step]:
    """Yield the steps from traces to rows: one, or with a judge more, as it speaks after each stage that checks."""
    begin, before = 0, traces
    for end, stage in enumerate(stages, start=1):
        if isinstance(stage, CheckAnswer) and setting.judge is not None:
            piece = tuple(stages[begin:end])
            asked = Step(f"{kind}-asked", piece, (before,), also=used_by(piece))
            begin, before = end, judged(asked, setting)
            yield from (asked, before)
    piece = tuple(stages[begin:])
    yield Step(kind, piece, (before,), also=used_by(piece))
