"""Hybrid twins: of one problem a row that thinks and a row that answers at once, in two modes of one model.

The modes are told apart by a system text, by text behind the question, by an argument of the chat template, or by a
token that the model itself says (AutoL2S, arXiv 2505.22662; Thinkless, arXiv 2505.13379, for its warm-up). Both rows
come from one engine asked in either mode, from two engines, or the quick one is what a thinking trace says behind its
thought. Keeps: verified twins, as many of either mode as a problem's difficulty calls for. Loses: what neither mode
solves; how the trained model chooses between its modes is only as good as the shares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.methods.method import TEACHERS, Method, Setting, checked, sampler
from pipelines.plan.step import Step
from stages.asking.prompts import Prompt
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepSameAnswer, KeepVerified
from stages.engines.engine import Sampling
from stages.replies.split_reply import SplitReply
from stages.stage import Stage
from stages.targets.modes import QUICK, THINK, AnyMode, AskInMode, BeginWithSwitch, Switch, SystemText, Which
from stages.targets.twins import LabelModes, Shares, Twins
from stages.training_rows import AsTrainingRows


@spec
class Hybrid(Method):
    """A thinking and a quick row of each problem, by mode."""

    kind: Literal["hybrid"] = "hybrid"
    paper: ClassVar[str] = "AutoL2S, Luo et al. 2025, arXiv 2505.22662; Thinkless, Fang et al. 2025, arXiv 2505.13379"

    mode: AnyMode = SystemText()
    """What tells the modes apart."""
    quick: Literal["sampled", "answer"] = "sampled"
    """Where quick rows come from: samples in the quick mode, or what a thinking trace says behind its thought."""
    samples: Positive = 4
    """Thinking samples a problem."""
    quick_samples: Positive = 4
    """Quick samples a problem, from which it is known how often it is solved so."""
    quick_wishes: tuple[str, ...] = ()
    """Added to the instruction of quick samples, such as *Answer at once.*; the trained prompt is the plain one."""
    choose: Literal["first", "shortest", "longest"] = "first"
    """Which right thinking trace of a problem; of quick ones it is the shortest."""
    shares: tuple[Shares, ...] = (Shares(solved=0.0, think=1.0, quick=1.0),)
    """From easy to hard: of the problems that quick samples solve at least so often, the share that gets a row of
    either mode."""
    unpaired: Literal["keep", "drop"] = "keep"
    """What becomes of a row whose twin should be there and is not right."""
    sampling: Sampling = Sampling(max_tokens=4096)
    """How thinking samples are drawn."""
    quick_sampling: Sampling = Sampling()
    """How quick samples are drawn."""

    @model_validator(mode="after")
    def _shares_fall(self) -> Self:
        if faults := list(_faults(self.shares)):
            raise ValueError("; ".join(faults))
        return self

    def stages(self, setting: Setting) -> Sequence[Stage]:
        twins = Twins(
            method=self.called,
            mode=self.mode,
            template=None if setting.imported else setting.prompt,
            quick=self.quick,
            choose=self.choose,
            shares=self.shares,
            unpaired=self.unpaired,
            seed=setting.seed,
        )
        return (
            GroupStats(),
            LabelModes(),
            KeepVerified(),
            DropRepeats(),
            twins,
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            AsTrainingRows(method=self.called),
            *((BeginWithSwitch(switch=self.mode),) if isinstance(self.mode, Switch) else ()),
        )

    def _sampled(self, setting: Setting) -> Step:
        if len(setting.teachers) not in (0, 2) or (setting.teachers and self.quick == "answer"):
            raise ConfigError(
                f"{self.called}: `teachers` are the engine that thinks and the one that answers at once, in this "
                "order; give both, or `engine` for one that does both, or that thinks where `quick` is `answer`"
            )
        thinker, answerer = setting.teachers or (setting.engine, setting.engine)
        think = self._asked(THINK, replace(setting, engine=thinker))
        if self.quick == "answer":
            return think
        return Step(TEACHERS, needs=(think, self._asked(QUICK, replace(setting, engine=answerer))))

    def _asked(self, which: Which, setting: Setting) -> Step:
        """Return the step that samples every problem in a mode."""
        lacks_args = setting.engine is not None and "template_args" not in setting.engine.capabilities
        if self.mode.kind == "template_args" and lacks_args:
            raise ConfigError(
                f"{self.called}: this engine takes no `template_args`, so `mode: template_args` would be passed over; "
                "see `accepts` in docs/engines.md"
            )
        wishes = self.quick_wishes if which == QUICK else ()
        prompt = Prompt(name=which, samples=self.quick_samples if which == QUICK else self.samples, wishes=wishes)
        sampling = self.quick_sampling if which == QUICK else self.sampling
        asking = (AskInMode(mode=self.mode, which=which), sampler(self.called, setting, (prompt,), sampling))
        return checked(f"sample-{which}", asking, setting)


def _faults(shares: Sequence[Shares]) -> Iterator[str]:
    for before, after in pairwise(shares):
        if after.solved >= before.solved:
            yield f"shares go from often to seldom solved, and {after.solved:g} comes after {before.solved:g}"
    if not any(band.think or band.quick for band in shares):
        yield "no share is over 0, so nothing would be kept"
