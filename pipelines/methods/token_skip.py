"""TokenSkip: cut the tokens of a finished chain of thought that matter least (Xia et al. 2025, arXiv 2502.12067).

Every problem is sampled once, its verified chain of thought cut to a ratio drawn from a set, and the ratio told in the
prompt, so that the trained model can be asked for one. Keeps: the words of the original in their order, numbers and
operators, the answer. Loses: grammar, and at low ratios links between steps; the ratio is obeyed on average only.
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
from stages.cutting.score_tokens import ScoreTokens
from stages.engines.engine import Sampling
from stages.replies.split_reply import SplitReply
from stages.rewriting.chat_tokens import chat_token
from stages.scorers.every import AnyScorer
from stages.scorers.llmlingua2 import LLMLingua2
from stages.scorers.models import Weights
from stages.stage import Stage
from stages.tokens import load_tokenizer
from stages.training_rows import AsTrainingRows

POCKET_SCORER = "data/pocket_scorer"


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
    """`percentile` is the rule of LLMLingua-2's code, for comparison."""
    protect: bool = True
    """Whether numbers, operators and LaTeX stay whatever they score."""
    on_unreachable: Literal["keep", "drop"] = "keep"
    """What becomes of a row in which more is protected than its ratio lets stay; kept ones bear the remark."""
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
        return (
            GroupStats(),
            KeepVerified(),
            KeepChosen(choose="first"),
            KeepShort(max_cot_tokens=self.max_cot_tokens),
            AssignRatio(ratios=self.ratios, seed=setting.seed),
            ScoreTokens(scorer=self.scorer),
            CutCoTs(
                method=self.called,
                by=self.scorer.identity(),
                rule=self.rule,
                protect=self.protect,
                tokenizer=setting.tokenizer,
            ),
            *drops,
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            AsTrainingRows(method=self.called, conditions=(self.condition,)),
        )

    @property
    def condition(self) -> Condition:
        """Return what is put on prompts, when rows are made and when the trained model is asked."""
        place = "suffix" if self.marker_at == "end" else "prefix"
        return Condition(control_kind="ratio_kept", plain_at=1.0, **{place: self.marker})

    def _check_marker(self, tokenizer: str) -> None:
        if VALUE not in self.marker:
            raise ConfigError(f"{self.called}: marker {self.marker!r} has no {VALUE}, so all ratios would look alike")
        told = self.marker.replace(VALUE, "0.5")
        special = {token for token in load_tokenizer(tokenizer).special_tokens if token in told}
        found = sorted(special | ({other} if (other := chat_token(told)) else set()))
        if found:
            reason = f"control tokens of {tokenizer} or of other models"
            raise ConfigError(f"{self.called}: marker {self.marker!r} holds {found}, {reason}; take plain text")
