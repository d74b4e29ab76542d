"""Let the model estimate the budget a question needs, and answer within it: no search (TALE-EP, Han et al. 2024)."""

from collections.abc import Mapping, Sequence
from typing import Literal

from data.columns import REMARKS, SPENT_TOKENS
from data.spec import Positive, spec
from data.table import Row
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue
from stages.asking.left import left
from stages.asking.prompts import sample_seed, template_args
from stages.budgeting.budget_prompts import budget_sha, estimate_prompt, estimate_sha, names_budget
from stages.budgeting.budgeted_rows import BUDGETED, BudgetRows
from stages.budgeting.read_budget import READER, estimate_in
from stages.budgeting.search_budget import READS
from stages.budgeting.within_budget import PROMPT_NAME, WithinBudget
from stages.engines.engine import Capability, Message, Request
from stages.engines.every import AnyEngine
from stages.rewriting.rewritten_rows import long_row
from stages.sample_cots import reply_text
from stages.tokens import counting
from stages.training_rows import HOLDS_CONDITION

ESTIMATOR = "budget_estimate"


@spec
class EstimateBudget(Dialogue):
    """Return the reply within the estimated budget, or the trace dropped as `no_reduction`."""

    reads = READS
    writes = BUDGETED
    engine: AnyEngine
    within: WithinBudget
    into: BudgetRows
    fallback: Literal["vanilla"] | Positive = "vanilla"
    """What stands in for an estimate that cannot be used: the trace as it is, or this budget."""
    max_budget: Positive = 1024
    """Estimates above it are not used."""

    @property
    def needs(self) -> frozenset[Capability]:
        return self.within.sampling.needs

    def uses(self) -> Mapping[str, str]:
        budget = f"{PROMPT_NAME}@{budget_sha(self.within.wording)}"
        counted = counting(self.within.tokenizer)
        return {
            **super().uses(),
            **counted,
            "prompt.budget": budget,
            "reader": READER,
            "prompt.estimate": f"{ESTIMATOR}@{estimate_sha()}",
        }

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        if names_budget(row["question"], self.within.wording):
            return [left(row, HOLDS_CONDITION)]
        reply = await ask.one(self._request(row))
        estimate = None if reply.finish_reason == "length" else estimate_in(reply_text(reply, self.within.thinking))
        fault = self._fault(estimate)
        budget = self.fallback if fault or estimate is None else estimate
        if budget == "vanilla":
            spent = (row["spent_tokens"] or 0) + reply.spent_tokens
            return [{**long_row(row), REMARKS.name: [fault], SPENT_TOKENS.name: spent}]
        trials = await self.within.tried(row, [budget], ask)
        return self.into.made(row, trials, ask.running, spent=reply.spent_tokens, remarks=[fault] if fault else [])

    def _request(self, row: Row) -> Request:
        seed = sample_seed(self.within.seed, row["problem_id"], ESTIMATOR, 0)
        turns = (Message("user", estimate_prompt(row["question"])),)
        return Request(turns, self.within.sampling, seed, template_args=template_args(row))

    def _fault(self, estimate: int | None) -> str | None:
        """Return why an estimate cannot be used, as a countable remark."""
        if estimate is None:
            return "estimate_unreadable"
        if estimate <= 0:
            return "estimate_not_positive"
        return "estimate_over_max" if estimate > self.max_budget else None
