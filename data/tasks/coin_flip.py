"""Coin flip: some people flip a coin and some do not; is it still heads up (Wei et al. 2022, arXiv 2201.11903)?

A task on which a model that rephrases the question first does better, and whose answer takes no reasoning to check
(Yu et al. 2024, arXiv 2407.06023).
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from data.errors import InputError
from data.tasks.names import NAMES
from data.tasks.partition import group_sizes
from data.tasks.task import TaskProblem

FLIPS, LEAVES = "flips the coin", "does not flip the coin"
WORDINGS = (
    "A coin is heads up. {moves} Is the coin still heads up?",
    "A coin lies heads up on a table. {moves} Is it heads up now?",
)
MOVE = re.compile(rf"([A-Z][a-z]+) ({FLIPS}|{LEAVES})\.")

Moves = Sequence[tuple[str, str]]
"""Who, and what they do."""


def moves_of(question: str) -> Moves:
    """Return who does what in a question.

    Raises:
        InputError: nobody does anything.
    """
    moves = [(name, does) for name, does in MOVE.findall(question)]
    if not moves:
        raise InputError(f"this is no question of a coin: {question!r}")
    return moves


def chain(moves: Moves, sizes: Sequence[int]) -> tuple[str, ...]:
    """Follow the moves, `sizes` of them a line."""
    ends = list(accumulate(sizes))
    return tuple(_line(moves, end - size, end) for end, size in zip(ends, sizes, strict=True))


def heads_up(moves: Moves) -> bool:
    """Tell whether the coin lies heads up after some moves."""
    return sum(does == FLIPS for _, does in moves) % 2 == 0


def _line(moves: Moves, begin: int, end: int) -> str:
    """Tell some moves, and how the coin lies after them."""
    told = ", ".join(f"{name} {does}" for name, does in moves[begin:end])
    return f"{told}: {'heads up, yes' if heads_up(moves[:end]) else 'tails up, no'}."


class CoinFlip:
    """Follow a coin; the difficulty is how many people there are."""

    name = "coin_flip"
    difficulties = range(2, 5)
    possible = range(2, 13)
    multi_step = False

    def problem(self, rng: Random, difficulty: int) -> TaskProblem:
        moves = [(name, rng.choice((FLIPS, LEAVES))) for name in rng.sample(NAMES, k=difficulty)]
        told = " ".join(f"{name} {does}." for name, does in moves)
        gold = "yes" if heads_up(moves) else "no"
        question = rng.choice(WORDINGS).format(moves=told)
        return TaskProblem(question, gold, "boolean", difficulty, chain(moves, [1] * difficulty))

    def canonical(self, question: str) -> str:
        return ", ".join(f"{name} {does}" for name, does in moves_of(question))

    def steps(self, question: str) -> tuple[str, ...]:
        moves = moves_of(question)
        return chain(moves, [1] * len(moves))

    def check_steps(self, question: str, lines: Sequence[str]) -> list[str]:
        moves, done = moves_of(question), 0
        for number, line in enumerate(lines, start=1):
            begin, done = done, done + line.count(" flip")
            if not begin < done <= len(moves):
                return [f"line {number} takes no move, or moves that are gone: {line!r}"]
            if line != (right := _line(moves, begin, done)):
                return [f"line {number} is {line!r}; right is {right!r}"]
        return [] if done == len(moves) else [f"{len(moves) - done} moves are left over"]

    def skip(self, problem: TaskProblem, rng: Random, n: int) -> tuple[str, ...]:
        moves = moves_of(problem.question)
        return chain(moves, group_sizes(rng, len(moves), n))
