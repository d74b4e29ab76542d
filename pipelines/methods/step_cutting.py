"""Step-level cutting: whole steps of a finished chain of thought go (Li et al. 2025, arXiv 2508.03346, and others).

Every problem is sampled once and its verified chain cut at the grain of its paragraphs or lines, by the entropy of a
step (2508.03346), the surprisal of its first token (ASAP, 2508.05988), what the answer loses without it (PIR of
LIMOPro, 2505.19187), or as controls at random and from the end. Keeps: sentences and formulas as they were written,
their order, the answer. Loses: links between steps; a step that is half needed stays or goes whole.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.conditions import VALUE, Condition
from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from pipelines.methods.token_skip import pocket_caution
from stages.asking.prompts import Prompt
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRemarked, KeepSameAnswer, KeepShort, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.cutting.assign_ratio import AssignRatio, Ratio
from stages.cutting.cut_cots import UNREACHABLE, CutCoTs
from stages.cutting.recheck import AnswerLikelihood, RecheckAnswer
from stages.cutting.score_tokens import ScoreTokens
from stages.cutting.skip_mark import NameSkipMark
from stages.engines.engine import Sampling
from stages.replies.split_reply import SplitReply
from stages.scorers.every import AnyStepScorer
from stages.scorers.models import Weights
from stages.scorers.steps import StepEntropy
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@spec
class StepCutting(Method):
    """One verified chain of thought a problem, without the steps that matter least."""

    kind: Literal["step_cutting"] = "step_cutting"
    paper: ClassVar[str] = (
        "Li et al. 2025, arXiv 2508.03346; Zeng et al. 2025, 2508.05988; Xiao et al. 2025, 2505.19187"
    )

    ratios: Annotated[tuple[Ratio, ...], Field(min_length=1)] = (0.5,)
    """Shares that are kept, one drawn for each problem; 1 leaves a chain whole."""
    counts: Literal["words", "steps"] = "words"
    """What a ratio is a share of: words, numbers and signs, or steps (the paper on step entropy cuts 80% of steps)."""
    steps: Literal["paragraphs", "lines"] = "paragraphs"
    """What a step is; an environment or a stretch of code is never parted."""
    scorer: AnyStepScorer = StepEntropy(weights=Weights(model="data/pocket"))
    """What says how much a step matters; `random` and `truncation` are the control conditions."""
    prune: Literal["any", "checks"] = "any"
    """`checks` cuts only steps that look back (*Wait*, *Let me check*), a ratio being the share of those that stays."""
    skip_mark: str = ""
    """Put where steps were cut, such as `[SKIP]`, one for each run of them, and named in `added_tokens`."""
    on_unreachable: Literal["keep", "drop"] = "keep"
    """What becomes of a row whose steps are too long to meet its ratio; kept ones bear the remark."""
    recheck: AnswerLikelihood | None = None
    """A model that must find the answer likely after the cut chain; null checks no chain again."""
    max_cot_tokens: Positive | None = None
    """Longer chains of thought leave; null for none."""
    marker: str = ""
    """Says the ratio in the prompt, for `{value}` becomes it; empty tells nothing, as in the papers."""
    sampling: Sampling = Sampling(max_tokens=1024, temperature=0.0)

    def traces(self, setting: Setting) -> Sequence[Stage]:
        return (sampler(self.called, setting, (Prompt(name="zero_shot", samples=1),), self.sampling),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        if self.marker and VALUE not in self.marker:
            raise ConfigError(f"{self.called}: marker {self.marker!r} has no {VALUE}, so all ratios would look alike")
        cut = CutCoTs(
            method=self.called,
            by=self.scorer.identity(),
            grain=self.steps,
            counts=self.counts,
            only_checks=self.prune == "checks",
            mark=self.skip_mark,
            tokenizer=setting.tokenizer,
        )
        return (
            GroupStats(),
            KeepVerified(),
            *(() if self.max_cot_tokens is None else (KeepShort(max_cot_tokens=self.max_cot_tokens),)),
            KeepChosen(choose="first"),
            AssignRatio(ratios=self.ratios, seed=setting.seed),
            ScoreTokens(scorer=self.scorer, grain=self.steps),
            cut,
            *((DropRemarked(remarks=(UNREACHABLE,)),) if self.on_unreachable == "drop" else ()),
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            *(() if self.recheck is None else (RecheckAnswer(by=self.recheck),)),
            AsTrainingRows(method=self.called, conditions=self.conditions, guards_replies=bool(self.marker)),
            *((NameSkipMark(mark=self.skip_mark),) if self.skip_mark else ()),
        )

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what is put on prompts, when rows are made and when the trained model is asked."""
        return (Condition(control_kind="ratio_kept", plain_at=1.0, suffix=self.marker),) if self.marker else ()

    def cautions_beyond_tasks(self) -> Sequence[str]:
        return pocket_caution(self.scorer)
