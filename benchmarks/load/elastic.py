"""A scripted model whose replies have a known length at every budget: longer below a knee, wrong below a floor."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from stages.budgeting.budget_search import Tried
from stages.engines.engine import KeepGoing, Reply, Request, RequestFailed, Running

Lengths = Callable[[int], Tried]
_BUDGET = re.compile(r"less than (\d+) tokens")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Knee:
    """Replies fill their budget down to the knee, where they are shortest; below it they grow again."""

    knee: int
    slope: int = 3
    """Tokens that a reply grows for each token the budget lies below the knee."""
    floor: int = 0
    """Replies to lower budgets are wrong."""

    def __call__(self, budget: int) -> Tried:
        tokens = budget if budget >= self.knee else self.knee + self.slope * (self.knee - budget)
        return Tried(budget, budget >= self.floor, tokens)


@dataclass
class Elastic(Running):
    """Answers *What is 7?* with 7, within a budget at the length that `lengths` tells, else at length `whole`."""

    lengths: Lengths
    whole: int
    model: str = "elastic"
    revision: str = "1"
    identity: str = "elastic@1"
    asked: list[Request] = field(default_factory=list)
    fails: dict[int, RequestFailed] = field(default_factory=dict)
    """Budgets at which there is no reply."""
    estimate: str = ""
    """What it says when it is asked for an estimate."""

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        self.asked.append(request)
        prompt = request.messages[-1].content
        if "double brackets" in prompt:
            return Reply(self.estimate, 5, "stop", spent_tokens=5)
        budget = _BUDGET.search(prompt)
        if budget and int(budget[1]) in self.fails:
            raise self.fails[int(budget[1])]
        told = self.lengths(int(budget[1])) if budget else Tried(0, True, self.whole)
        (number, *_) = _NUMBER.findall(prompt.rpartition("Question:")[2])
        return _reply(told, number)

    async def close(self) -> None:
        """Nothing is held."""


def _reply(told: Tried, number: str) -> Reply:
    answer = number if told.correct else f"{number}1"
    text = f"<think>\n{' '.join(['so'] * told.tokens)}\n</think>\nThe answer is \\boxed{{{answer}}}."
    return Reply(text, told.tokens + 10, "stop", spent_tokens=told.tokens + 10)
