"""Analog of algebra: bring a star alone on one side, in an algebra of two pairs of opposite operations.

The idea is LearnSkip's (Liu et al. 2024), symbols and problems are ours: one side begins with a star, the other with
a diamond, and a term is an operation and a letter. Expressions are read from the left, so only the last term of a side
can be taken over to the other side, where its opposite is written last. One line a move; a shorter chain makes several
moves at once.
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from string import ascii_lowercase

from data.errors import InputError
from data.tasks.partition import group_sizes
from data.tasks.task import TaskProblem

STAR, DIAMOND, EQUALS = "★", "◇", "≡"
OPPOSITE = {"⊕": "⊖", "⊖": "⊕", "⊗": "⊘", "⊘": "⊗"}
RULES = "⊕ and ⊖ undo each other, and so do ⊗ and ⊘; expressions are read from the left. "
WORDINGS = (
    "What is ★ if {equation}?",
    "Isolate ★ in {equation}; what stands on the other side?",
    "Solve {equation} for ★.",
)
SIDE = r"([★◇])((?: [⊕⊖⊗⊘] [a-z])*)"
EQUATION = re.compile(rf"(?<![⊕⊖⊗⊘] ){SIDE} {EQUALS} {SIDE}")
Equation = tuple[tuple[str, ...], tuple[str, ...], bool]
"""The star's terms, the diamond's terms, whether the diamond stands on the left."""


def equation(question: str) -> Equation:
    """Return the equation of an algebra question.

    Raises:
        InputError: the question holds no equation with a star that begins one side and a diamond that begins the other.
    """
    found = EQUATION.search(question)
    if not found or found[1] == found[3]:
        raise InputError(f"this question holds no equation of one star's side and one diamond's: {question!r}")
    left, right = (tuple(re.findall(r"[⊕⊖⊗⊘] [a-z]", side)) for side in (found[2], found[4]))
    swapped = found[1] == DIAMOND
    return (right, left, True) if swapped else (left, right, False)


def moved(start: Equation, moves: int) -> tuple[str, str]:
    """Return the star's side and the other side after `moves` terms were taken over."""
    terms, other, _ = start
    keep = len(terms) - moves
    over = [f"{OPPOSITE[term[0]]}{term[1:]}" for term in reversed(terms[keep:])]
    return " ".join((STAR, *terms[:keep])), " ".join((DIAMOND, *other, *over))


def states(start: Equation) -> list[str]:
    """Return the full solution: the sides swapped if need be, then one term taken over a line."""
    pairs = [moved(start, moves) for moves in range(0 if start[2] else 1, len(start[0]) + 1)]
    return [f"{star} {EQUALS} {other}" for star, other in pairs]


class Algebra:
    """Isolate the star; the difficulty is how many terms must be taken over."""

    name = "algebra"
    difficulties = range(2, 5)
    possible = range(1, 15)
    multi_step = True

    def problem(self, rng: Random, difficulty: int) -> TaskProblem:
        others = rng.randint(1, 2)
        names = rng.sample(ascii_lowercase, difficulty + others)
        terms = [f"{rng.choice([*OPPOSITE])} {name}" for name in names]
        star, other = " ".join((STAR, *terms[:difficulty])), " ".join((DIAMOND, *terms[difficulty:]))
        sides = (other, star) if rng.random() < 0.3 else (star, other)
        question = RULES + rng.choice(WORDINGS).format(equation=f" {EQUALS} ".join(sides))
        start = equation(question)
        return TaskProblem(question, moved(start, difficulty)[1], "text", difficulty, tuple(states(start)))

    def canonical(self, question: str) -> str:
        terms, other, _ = equation(question)
        return " ".join((*terms, EQUALS, *other))

    def steps(self, question: str) -> tuple[str, ...]:
        return tuple(states(equation(question)))

    def check_steps(self, question: str, lines: Sequence[str]) -> list[str]:
        start = equation(question)
        done, swapped, faults = 0, start[2], list[str]()
        for number, line in enumerate(lines, start=1):
            left, _, right = line.partition(f" {EQUALS} ")
            turned = right.startswith(STAR)
            star, other = (right, left) if turned else (left, right)
            after = next((n for n in range(done, len(start[0]) + 1) if moved(start, n) == (star, other)), None)
            if after is None or (after, turned) == (done, swapped):
                faults.append(f"line {number} does not follow from the equation by moves yet to make: {line!r}")
            else:
                done, swapped = after, turned
        over = len(start[0]) - done
        return faults if (over, swapped) == (0, False) else [*faults, f"{over} terms still stand beside the star"]

    def skip(self, problem: TaskProblem, rng: Random, n: int) -> tuple[str, ...]:
        lines = problem.steps
        return tuple(lines[done - 1] for done in accumulate(group_sizes(rng, len(lines), n)))
