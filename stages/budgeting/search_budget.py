"""Search the token budget at which each verified trace's question is still answered right, and shortest."""

from collections.abc import Mapping, Sequence

from data.columns import (
    ANSWER_KIND,
    COT_TOKENS,
    GOLD,
    PROBLEM_ID,
    PROMPT,
    QUESTION,
    SPENT_TOKENS,
    TEMPLATE_ARGS,
    TRACE_ID,
)
from data.spec import spec
from data.table import Row
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue
from stages.asking.left import left
from stages.budgeting.budget_prompts import budget_sha, names_budget
from stages.budgeting.budget_search import AnySearch, Halving, searched
from stages.budgeting.budgeted_rows import BUDGETED, BudgetRows
from stages.budgeting.within_budget import PROMPT_NAME, WithinBudget
from stages.engines.engine import Capability
from stages.engines.every import AnyEngine
from stages.tokens import counting
from stages.training_rows import HOLDS_CONDITION

READS = (PROBLEM_ID, TRACE_ID, QUESTION, PROMPT, TEMPLATE_ARGS, GOLD, ANSWER_KIND, COT_TOKENS, SPENT_TOKENS)


@spec
class SearchBudget(Dialogue):
    """Return the shortest correct reply within a budget, or the trace dropped as `no_reduction`."""

    reads = READS
    writes = BUDGETED
    engine: AnyEngine
    within: WithinBudget
    into: BudgetRows
    search: AnySearch = Halving()

    @property
    def needs(self) -> frozenset[Capability]:
        return self.within.sampling.needs

    def uses(self) -> Mapping[str, str]:
        budget = f"{PROMPT_NAME}@{budget_sha(self.within.wording)}"
        return {**super().uses(), **counting(self.within.tokenizer), "prompt.budget": budget}

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        if names_budget(row["question"], self.within.wording):
            return [left(row, HOLDS_CONDITION)]
        rounds = self.search.rounds(row["cot_tokens"])
        trials = await searched(rounds, lambda budgets: self.within.tried(row, budgets, ask))
        return self.into.made(row, trials, ask.running)
