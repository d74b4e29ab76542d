"""Budget in the target: the turn itself says how long it will be, or how much is left (SelfBudgeter, BudgetThinker).

Of every problem a verified trace is chosen, its own length, rounded up, is its budget, and the budget is written into
the trained turn: as a line before the chain, which the model learns to predict (SelfBudgeter, Li et al. 2025, arXiv
2505.11274), or as marks of what is left of a budget that the prompt names (BudgetThinker, arXiv 2508.17196). Keeps: the
trace to the byte, marks aside. Loses: nothing is made shorter by it; and marks have to be put in again by whoever asks
the trained model.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.engine import Sampling
from stages.stage import Stage
from stages.targets.budget import AnyBudget, AssignBudget, Line, WriteBudget
from stages.training_rows import AsTrainingRows


@spec
class BudgetInTarget(Method):
    """A verified trace of each problem whose turn names the budget it keeps."""

    kind: Literal["budget_in_target"] = "budget_in_target"
    paper: ClassVar[str] = (
        "SelfBudgeter, Li et al. 2025, arXiv 2505.11274; BudgetThinker, Wen et al. 2025, arXiv 2508.17196"
    )

    form: AnyBudget = Line()
    """How the turn says it."""
    samples: Positive = 8
    """Samples a problem."""
    choose: Literal["shortest", "first", "every"] = "shortest"
    """Which right traces of a problem; `every` teaches one problem at several budgets."""
    round_up_to: Positive = 50
    """Budgets are whole multiples of it."""
    sampling: Sampling = Sampling(temperature=1.0, top_p=1.0)

    @property
    def told_in_tokens(self) -> str:
        return "budgets are numbers of tokens, told in the turn"

    def traces(self, setting: Setting) -> Sequence[Stage]:
        race = self.choose == "shortest" and self.pass_rate is None
        prompts = (Prompt(name="zero_shot", samples=self.samples),)
        return (sampler(self.called, setting, prompts, self.sampling, race=race),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        condition = self.form.condition
        return (
            GroupStats(),
            KeepVerified(),
            DropRepeats(),
            *((KeepChosen(choose=self.choose),) if self.choose != "every" else ()),
            AssignBudget(round_up_to=self.round_up_to),
            AsTrainingRows(method=self.called, conditions=() if condition is None else (condition,)),
            WriteBudget(form=self.form, tokenizer=setting.tokenizer),
        )
