"""Addition of two numbers of several digits, column by column from the right, with carries.

The form is LearnSkip's (Liu et al. 2024): one line a column; a shorter chain adds neighbouring columns at once.
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from data.errors import InputError
from data.tasks.partition import group_sizes
from data.tasks.task import TaskProblem

WORDINGS = (
    "What is {a} + {b}?",
    "Compute {a} + {b}.",
    "What do you get when you add {a} and {b}?",
    "Find the sum of {a} and {b}.",
)
LINE = re.compile(
    r"(\d+)\. (\d+) \+ (\d+) \(plus carry ([01])\) = (\d+) \(write down (\d+), (carry over 1|no carry over)\)\."
)


def operands(question: str) -> tuple[str, str]:
    """Return the two numbers of an addition question, as they are written.

    Raises:
        InputError: the question does not hold exactly two numbers.
    """
    numbers = re.findall(r"\d+", question)
    if len(numbers) != 2:
        raise InputError(f"an addition question holds two numbers; this one holds {numbers}: {question!r}")
    return numbers[0], numbers[1]


def chain(a: str, b: str, sizes: Sequence[int]) -> tuple[str, ...]:
    """Add two numbers in groups of columns, `sizes` columns a line, from the right."""
    width = sum(sizes)
    a, b, carry = a.zfill(width), b.zfill(width), 0
    lines = []
    for number, (size, done) in enumerate(zip(sizes, accumulate(sizes), strict=True), start=1):
        x, y = (text[width - done : width - done + size] for text in (a, b))
        line, carry = _line(number, x, y, carry, last=done == width)
        lines.append(line)
    return tuple(lines)


def _line(number: int, x: str, y: str, carry: int, *, last: bool) -> tuple[str, int]:
    """Add one group of columns; the leftmost group is written down whole."""
    total = int(x) + int(y) + carry
    over, down = (0, str(total)) if last else divmod(total, 10 ** len(x))
    written = down if isinstance(down, str) else str(down).zfill(len(x))
    what = "carry over 1" if over else "no carry over"
    return f"{number}. {x} + {y} (plus carry {carry}) = {total} (write down {written}, {what}).", over


class Addition:
    """Add two numbers; the difficulty is how many digits the longer one has."""

    name = "addition"
    difficulties = range(2, 5)
    possible = range(1, 13)
    multi_step = True

    def problem(self, rng: Random, difficulty: int) -> TaskProblem:
        return self.sum_of(rng, difficulty, rng.randint(max(1, difficulty - 1), difficulty))

    def sum_of(self, rng: Random, difficulty: int, shorter: int) -> TaskProblem:
        """Make one problem of numbers with so many digits."""
        a, b = (str(rng.randrange(10 ** (n - 1), 10**n)) for n in (difficulty, shorter))
        if rng.random() < 0.5:
            a, b = b, a
        question = rng.choice(WORDINGS).format(a=a, b=b)
        gold = str(int(a) + int(b))
        return TaskProblem(question, gold, "integer", difficulty, chain(a, b, [1] * difficulty))

    def canonical(self, question: str) -> str:
        return " + ".join(sorted(operands(question)))

    def steps(self, question: str) -> tuple[str, ...]:
        a, b = operands(question)
        return chain(a, b, [1] * max(len(a), len(b)))

    def check_steps(self, question: str, lines: Sequence[str]) -> list[str]:
        a, b = operands(question)
        columns, done, carry = max(len(a), len(b)), 0, 0
        faults = list[str]()
        for number, line in enumerate(lines, start=1):
            found = LINE.fullmatch(line)
            size = len(found[2]) if found else 0
            if not found or done + size > columns:
                return [*faults, f"line {number} is no step of this addition: {line!r}"]
            x, y = (text.zfill(columns)[columns - done - size : columns - done] for text in (a, b))
            done += size
            right, carry = _line(number, x, y, carry, last=done == columns)
            if line != right:
                faults.append(f"line {number} is {line!r}; right is {right!r}")
        return faults if done == columns else [*faults, f"{columns - done} columns are left over"]

    def skip(self, problem: TaskProblem, rng: Random, n: int) -> tuple[str, ...]:
        a, b = operands(problem.question)
        return chain(a, b, group_sizes(rng, max(len(a), len(b)), n))
