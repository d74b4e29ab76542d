"""Token-Budget: the shortest correct reply within a token budget (TALE; Han et al. 2024, arXiv 2412.18547).

Every problem is sampled once; for its verified chain of thought a budget is searched, or estimated by the model, within
which the answer is still right and the reasoning shorter. The reply is trained behind the plain question. Keeps: the
model's own wording, verified answers. Loses: problems the model cannot solve, and those no budget makes shorter.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.dialogue import Dialogue
from stages.asking.prompts import Prompt
from stages.budgeting.budget_prompts import DEFAULT_WORDING, Wording
from stages.budgeting.budget_search import AnySearch, Halving
from stages.budgeting.budgeted_rows import BudgetRows
from stages.budgeting.estimate_budget import EstimateBudget
from stages.budgeting.search_budget import SearchBudget
from stages.budgeting.within_budget import WithinBudget
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import KeepSameAnswer, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.engine import Sampling
from stages.engines.every import AnyEngine
from stages.replies.split_reply import SplitReply
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@spec
class TokenBudget(Method):
    """One verified trace a problem, and its shortest correct reply within a token budget as the target."""

    kind: Literal["token_budget"] = "token_budget"
    paper: ClassVar[str] = "Han et al. 2024, arXiv 2412.18547"

    budget: Literal["searched", "estimated"] = "searched"
    """`estimated` asks the model how many tokens it needs, and does not search (the paper's TALE-EP)."""
    search: AnySearch = Halving()
    """`halving` is the published search; `bisect` closes in from both sides; `grid` tries all."""
    wording: Wording = DEFAULT_WORDING
    """The sentence that names the budget, added to the instruction."""
    otherwise: Literal["drop", "vanilla"] = "drop"
    """What becomes of a trace that no budget made shorter: it leaves as `no_reduction`, or is the target itself."""
    rows: Literal["short", "both"] = "short"
    """`both` keeps the trace that was sampled beside the shorter one, for training that prefers the shorter of two."""
    fallback: Literal["vanilla"] | Positive = "vanilla"
    """What stands in for an estimate that cannot be used: the trace as it is, or this budget."""
    max_budget: Positive = 1024
    """Estimates above it cannot be used."""
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0)

    one_model: ClassVar[str] = "it asks again the model that sampled"

    @property
    def told_in_tokens(self) -> str:
        return "budgets are numbers of tokens, told to the model"

    def traces(self, setting: Setting) -> Sequence[Stage]:
        return (sampler(self.called, setting, (Prompt(name="zero_shot", samples=1),), self.sampling),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        if setting.engine is None:
            raise ConfigError(f"{self.called}: there is no model to ask within a budget; give `engine`")
        return (
            GroupStats(),
            KeepVerified(),
            KeepChosen(choose="first"),
            self._asking(setting, setting.engine),
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            AsTrainingRows(method=self.called),
        )

    def _asking(self, setting: Setting, engine: AnyEngine) -> Dialogue:
        within = WithinBudget(
            tokenizer=setting.tokenizer,
            wording=self.wording,
            sampling=self.sampling,
            seed=setting.seed,
            thinking=setting.thinking,
        )
        into = BudgetRows(method=self.called, rows=self.rows, otherwise=self.otherwise)
        if self.budget == "searched":
            return SearchBudget(engine=engine, within=within, into=into, search=self.search)
        return EstimateBudget(
            engine=engine, within=within, into=into, fallback=self.fallback, max_budget=self.max_budget
        )
