"""The three tasks of LearnSkip in the sizes and domains of its paper (Liu et al. 2024).

How long a problem is in which domain, and how many there are, is told by the published data (tengxiaoliu/LM_skip at
230837d, data/README.md and the ids of its files); the problems are ours. Inside the domain are the lengths that are
trained on; `ood_easy` goes beyond them a little, `ood_hard` far.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from data.errors import ConfigError
from data.tasks.addition import Addition
from data.tasks.every import TASKS
from data.tasks.task import TaskProblem

Domain = Literal["in", "ood_easy", "ood_hard"]


@dataclass(frozen=True)
class Lengths:
    """How long the problems of a domain are, and how many the paper has."""

    longest: Sequence[int]
    """Moves, terms, or digits of the longer number."""
    shorter: Sequence[int] = ()
    """Digits of the shorter number of a sum."""
    count: int = 0
    """Problems of the paper's test."""

    def problem(self, task: str, rng: Random) -> TaskProblem:
        """Make one problem, every length equally likely."""
        longest = rng.choice(self.longest)
        if not self.shorter:
            return TASKS[task].problem(rng, longest)
        return Addition().sum_of(rng, longest, rng.choice([digits for digits in self.shorter if digits <= longest]))


TRAINED: Mapping[str, int] = {"algebra": 5770, "addition": 2885, "directions": 2080}
"""Problems that the paper trains on."""
DOMAINS: Mapping[str, Mapping[Domain, Lengths]] = {
    "addition": {
        "in": Lengths(range(1, 4), range(1, 4), 1000),
        "ood_easy": Lengths(range(4, 8), range(1, 4), 1200),
        "ood_hard": Lengths(range(4, 8), range(4, 8), 1600),
    },
    "algebra": {
        "in": Lengths(range(1, 6), count=1000),
        "ood_easy": Lengths(range(6, 8), count=2000),
        "ood_hard": Lengths(range(10, 15), count=420),
    },
    "directions": {
        "in": Lengths(range(1, 11), count=1000),
        "ood_easy": Lengths(range(11, 21), count=500),
        "ood_hard": Lengths(range(21, 31), count=500),
    },
}


def lengths_of(task: str, domain: Domain) -> Lengths:
    """Return how long the problems of a task are in a domain.

    Raises:
        ConfigError: the task has none.
    """
    if task not in DOMAINS:
        raise ConfigError(f"task {task!r} has no `domain`; {sorted(DOMAINS)} have")
    return DOMAINS[task][domain]
