"""TokenSkip: cut the tokens of a finished chain of thought that matter least (Xia et al. 2025, arXiv 2502.12067).

Every problem is sampled once, its verified chain of thought cut to a ratio drawn from a set, and the ratio told in the
prompt, so that the trained model can be asked for one. Keeps: the words of the original in their order, every formula
that stays whole, the answer. Loses: grammar, and at low ratios steps and links between them; the ratio is obeyed on
average only.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.conditions import VALUE, Condition
from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRemarked, KeepSameAnswer, KeepShort, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.cutting.assign_ratio import AssignRatio, Ratio
from stages.cutting.cut_cots import UNREACHABLE, CutCoTs
from stages.cutting.percentile import Force
from stages.cutting.recheck import AnswerLikelihood, RecheckAnswer
from stages.cutting.score_tokens import ScoreTokens
from stages.cutting.units import Grain
from stages.engines.engine import Sampling
from stages.replies.split_reply import SplitReply
from stages.rewriting.chat_tokens import chat_token
from stages.scorers.every import AnyScorer
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.models import ReadingScorer, Weights
from stages.scorers.scorer import Scorer
from stages.stage import Stage
from stages.tokens import load_tokenizer
from stages.training_rows import AsTrainingRows

POCKET_SCORER = "data/pocket_scorer"
POCKET_MODELS = (POCKET_SCORER, "data/pocket")
"""Models that know the pocket world and no other text."""


def pocket_caution(scorer: Scorer) -> Sequence[str]:
    """Return what a person should know whose real text is scored by a model of the pocket world."""
    model = scorer.weights.model.rstrip("/") if isinstance(scorer, ReadingScorer) else None
    if model not in POCKET_MODELS:
        return ()
    told = f"`scorer` is {model}, which knows the pocket world alone and cuts real text hardly better than chance"
    return (f"{told}; name weights that were trained on such text, as docs/methods/token_skip.md says",)


@spec
class TokenSkip(Method):
    """One verified chain of thought a problem, cut to a ratio that the prompt names."""

    kind: Literal["token_skip"] = "token_skip"
    paper: ClassVar[str] = "Xia et al. 2025, arXiv 2502.12067"

    ratios: Annotated[tuple[Ratio, ...], Field(min_length=1)] = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
    """Shares of the reasoning that are kept, one drawn for each problem; 1 leaves it whole, without a marker."""
    scorer: AnyScorer = LLMLingua2(weights=Weights(model=POCKET_SCORER))
    """What says how much a unit matters; `random` and `truncation` are the control conditions."""
    rule: Literal["exact", "percentile"] = "exact"
    """`percentile` is the rule of LLMLingua-2's code, over words and signs alone, for comparison."""
    force_tokens: tuple[str, ...] = ()
    """Of the percentile rule: words that count as certain; for Llama 3 the reference has `Step` and `:`."""
    force_reserve_digit: bool = False
    """Of the percentile rule: whether words with a digit count as certain."""
    drop_consecutive: bool = False
    """Of the percentile rule: whether a forced word goes that follows itself with nothing kept between."""
    protect: bool = True
    """Whether formulas, rows of tables and code are kept or cut whole, and numbers of the prose stay."""
    on_unreachable: Literal["keep", "drop"] = "drop"
    """What becomes of a row whose whole units and numbers miss its ratio; kept ones bear the remark."""
    recheck: AnswerLikelihood | None = None
    """A model that must find the answer likely after the cut chain; null checks no chain again."""
    max_cot_tokens: Positive = 500
    """Longer chains of thought leave, as in the paper."""
    marker: str = "\n\n[keep {value}]"
    """Says the ratio, for `{value}` becomes it."""
    marker_at: Literal["end", "start"] = "end"
    """Where it stands in the prompt: after the question, as in the paper, or before all."""
    sampling: Sampling = Sampling(max_tokens=512, temperature=0.0)

    def traces(self, setting: Setting) -> Sequence[Stage]:
        return (sampler(self.called, setting, (Prompt(name="zero_shot", samples=1),), self.sampling),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        self._check_marker(setting.tokenizer)
        drops = (DropRemarked(remarks=(UNREACHABLE,)),) if self.on_unreachable == "drop" else ()
        rechecks = () if self.recheck is None else (RecheckAnswer(by=self.recheck),)
        grain: Grain = "formulas" if self.protect and self.rule == "exact" else "words"
        return (
            GroupStats(),
            KeepVerified(),
            KeepShort(max_cot_tokens=self.max_cot_tokens),
            KeepChosen(choose="first"),
            AssignRatio(ratios=self.ratios, seed=setting.seed),
            ScoreTokens(scorer=self.scorer, grain=grain),
            CutCoTs(
                method=self.called,
                by=self.scorer.identity(),
                rule=self.rule,
                grain=grain,
                force=self._force(),
                tokenizer=setting.tokenizer,
            ),
            *drops,
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            *rechecks,
            AsTrainingRows(method=self.called, conditions=(self.condition,), guards_replies=True),
        )

    def cautions(self, multi_step: bool | None) -> Sequence[str]:
        token = chat_token(self.marker.replace(VALUE, "0.5"))
        if token is None:
            return ()
        told = f"the marker holds {token!r}, which some models take for a control token and this run's does not"
        return (f"{told}; train no other model on these rows",)

    def cautions_beyond_tasks(self) -> Sequence[str]:
        return pocket_caution(self.scorer)

    @property
    def condition(self) -> Condition:
        """Return what is put on prompts, when rows are made and when the trained model is asked."""
        place = "suffix" if self.marker_at == "end" else "prefix"
        return Condition(control_kind="ratio_kept", plain_at=1.0, **{place: self.marker})

    def _force(self) -> Force:
        force = Force(
            force_tokens=self.force_tokens,
            force_reserve_digit=self.force_reserve_digit,
            drop_consecutive=self.drop_consecutive,
        )
        if self.rule != "percentile" and force != Force():
            told = "`force_tokens`, `force_reserve_digit` and `drop_consecutive` are options of `rule: percentile`"
            raise ConfigError(f"{self.called}: {told}, and the rule is {self.rule!r}")
        return force

    def _check_marker(self, tokenizer: str) -> None:
        if VALUE not in self.marker:
            raise ConfigError(f"{self.called}: marker {self.marker!r} has no {VALUE}, so all ratios would look alike")
        told = self.marker.replace(VALUE, "0.5")
        special = sorted(token for token in load_tokenizer(tokenizer).special_tokens if token in told)
        if special:
            reason = f"control tokens of {tokenizer}; take what is plain text to it"
            raise ConfigError(f"{self.called}: marker {self.marker!r} holds {special}, {reason}")
