"""Directional reasoning: turn by turn from a start, which way does one face at the end?

The form is LearnSkip's (Liu et al. 2024): each line tells the direction and restates the moves that remain; a
shorter chain takes several moves in one line.
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from data.errors import InputError
from data.tasks.partition import group_sizes
from data.tasks.task import TaskProblem

COMPASS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
EIGHTHS = {"turn right": 2, "turn left": -2, "turn around": 4, "veer right": 1, "veer left": -1}
"""How far each move turns, in eighths of a circle, clockwise."""
WORDINGS = (
    "You are facing {start}. Your moves are: {moves}. Which direction are you facing at the end?",
    "A robot is facing {start}. Its moves are: {moves}. Which direction is it facing after that?",
    "Sam is facing {start}. The moves are: {moves}. Which direction is Sam facing now?",
)
HINT = " (To turn is a quarter of a circle, to veer is an eighth.)"
QUESTION = re.compile(r"is facing (\w+)\.|are facing (\w+)\.")
MOVES = re.compile(r"moves are: ([^.]*)\.")


def walk(question: str) -> tuple[str, list[str]]:
    """Return the start and the moves of a directions question.

    Raises:
        InputError: the question names no start or no moves that are known here.
    """
    start, moves = QUESTION.search(question), MOVES.search(question)
    if not start or not moves:
        raise InputError(f"this is no directions question: {question!r}")
    first, names = start[1] or start[2], moves[1].split(", ")
    unknown = [word for word in names if word not in EIGHTHS] + ([] if first in COMPASS else [first])
    if unknown:
        raise InputError(f"a directions question holds {unknown}; known are {[*EIGHTHS]} and {[*COMPASS]}")
    return first, names


def facings(start: str, moves: Sequence[str]) -> list[str]:
    """Return the direction at the start and after every move."""
    turns = accumulate((EIGHTHS[move] for move in moves), initial=COMPASS.index(start))
    return [COMPASS[eighths % 8] for eighths in turns]


def chain(start: str, moves: Sequence[str], sizes: Sequence[int]) -> tuple[str, ...]:
    """Follow the moves, `sizes` of them a line."""
    way = facings(start, moves)
    return tuple(_line(way, moves, done) for done in accumulate(sizes))


def _line(way: Sequence[str], moves: Sequence[str], done: int) -> str:
    """Tell the direction after `done` moves, and the moves that remain."""
    rest = ", ".join(moves[done:])
    return f"{way[done]}. {rest}." if rest else f"{way[done]}."


class Directions:
    """Follow turns; the difficulty is how many there are."""

    name = "directions"
    difficulties = range(3, 7)
    possible = range(1, 31)
    multi_step = True

    def problem(self, rng: Random, difficulty: int) -> TaskProblem:
        start, moves = rng.choice(COMPASS), rng.choices([*EIGHTHS], k=difficulty)
        question = rng.choice(WORDINGS).format(start=start, moves=", ".join(moves)) + HINT
        gold = facings(start, moves)[-1]
        return TaskProblem(question, gold, "text", difficulty, chain(start, moves, [1] * difficulty))

    def canonical(self, question: str) -> str:
        start, moves = walk(question)
        return ", ".join((start, *moves))

    def steps(self, question: str) -> tuple[str, ...]:
        start, moves = walk(question)
        return chain(start, moves, [1] * len(moves))

    def check_steps(self, question: str, lines: Sequence[str]) -> list[str]:
        start, moves = walk(question)
        way, done = facings(start, moves), 0
        faults = list[str]()
        for number, line in enumerate(lines, start=1):
            rest = line.partition(". ")[2].rstrip(".")
            after = len(moves) - (len(rest.split(", ")) if rest else 0)
            if not done < after <= len(moves):
                return [*faults, f"line {number} takes no move, or moves that are gone: {line!r}"]
            done = after
            if line != (right := _line(way, moves, done)):
                faults.append(f"line {number} is {line!r}; right is {right!r}")
        return faults if done == len(moves) else [*faults, f"{len(moves) - done} moves are left over"]

    def skip(self, problem: TaskProblem, rng: Random, n: int) -> tuple[str, ...]:
        start, moves = walk(problem.question)
        return chain(start, moves, group_sizes(rng, len(moves), n))
