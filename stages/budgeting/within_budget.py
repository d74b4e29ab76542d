"""Ask a question within budgets, and judge each reply: correct or not, and how long its reasoning is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from data.prompts.turns import with_wishes
from data.spec import spec
from data.table import Row
from data.thinking.thinking import Thinking
from data.thinking.turn import Turn
from stages.asking.ask import Ask, together
from stages.asking.prompts import messages, sample_seed, template_args
from stages.budgeting.budget_prompts import DEFAULT_WORDING, Wording, budget_wish
from stages.budgeting.budget_search import Tried
from stages.check_answer import verdict
from stages.engines.engine import Answered, Reply, Request, RequestFailed, Sampling
from stages.replies.split_reply import cot_of
from stages.sample_cots import reply_turn
from stages.tokens import TokenizerName, load_tokenizer

PROMPT_NAME = "budget"


@dataclass(frozen=True)
class Trial(Tried):
    """A budget that was tried, and the words of it."""

    turn: Turn
    """What the reply says apart."""
    request: Request
    answered: Answered

    @property
    def failure(self) -> str | None:
        """Return why there is no reply."""
        return self.answered.reason if isinstance(self.answered, RequestFailed) else None


@spec
class WithinBudget:
    """How a question is asked within a budget."""

    tokenizer: TokenizerName
    """Counts what is shorter."""
    wording: Wording = DEFAULT_WORDING
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0)
    seed: int = 0
    thinking: Thinking = Thinking()
    """The model's marks of thought."""

    async def tried(self, row: Row, budgets: Sequence[int], ask: Ask) -> list[Trial]:
        """Ask within every budget, side by side, and return what came of it."""
        requests = [self._request(row, budget) for budget in budgets]
        answered = await ask.all(requests)
        judged = await together([self._judged(row, one) for one in answered])
        return [
            Trial(budget, *told, request, one)
            for budget, told, request, one in zip(budgets, judged, requests, answered, strict=True)
        ]

    def _request(self, row: Row, budget: int) -> Request:
        turns = with_wishes(row["prompt"], row["question"], [budget_wish(budget, self.wording)])
        seed = sample_seed(self.seed, row["problem_id"], f"{PROMPT_NAME}_{budget}", 0)
        return Request(messages(turns), self.sampling, seed, template_args=template_args(row))

    async def _judged(self, row: Row, answered: Answered) -> tuple[bool, int, Turn]:
        if not isinstance(answered, Reply):
            return False, 0, Turn(None, None, None)
        turn = reply_turn(answered, self.thinking)
        asked = turn.answer, row["gold"], row["answer_kind"], answered.finish_reason, row.get("tolerance")
        judged = await asyncio.to_thread(verdict, *asked)
        (tokens,) = load_tokenizer(self.tokenizer).count([cot_of(turn)])
        return judged.verdict == "correct", tokens, turn
