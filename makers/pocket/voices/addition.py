"""Addition in words: the columns from the right, with their carries."""

from data.tasks.addition import operands
from data.tasks.task import TaskProblem


def _columns(problem: TaskProblem) -> list[tuple[str, str, int, int]]:
    """Return digit, digit, carry in and sum of every column, from the right."""
    a, b = operands(problem.question)
    width, carry, columns = max(len(a), len(b)), 0, []
    for x, y in zip(reversed(a.zfill(width)), reversed(b.zfill(width)), strict=True):
        total = int(x) + int(y) + carry
        columns.append((x, y, carry, total))
        carry = total // 10
    return columns


def _sums(problem: TaskProblem) -> str:
    """Write the columns as bare sums."""
    columns = _columns(problem)
    return ", ".join(f"{x} + {y}{' + 1' if carry else ''} = {total}" for x, y, carry, total in columns)


class AdditionVoice:
    """Words an addition."""

    def opening(self, problem: TaskProblem) -> list[str]:
        a, b = operands(problem.question)
        columns = _columns(problem)
        xs, ys = ", ".join(column[0] for column in columns), ", ".join(column[1] for column in columns)
        return [
            f"Let me add {a} and {b} column by column.",
            f"From the right, the digits of {a} are {xs} and the digits of {b} are {ys}.",
        ]

    def elaborate(self, problem: TaskProblem) -> list[str]:
        columns, lines = _columns(problem), []
        for number, (x, y, carry, total) in enumerate(columns, start=1):
            last = number == len(columns)
            down, over = (total, 0) if last else (total % 10, total // 10)
            lines.append(
                f"In column {number}, {x} + {y} with carry {carry} is {total}, so write down {down} and carry {over}."
            )
        return [*lines, f"From left to right this makes {problem.gold}."]

    def recheck(self, problem: TaskProblem) -> str:
        return f"{_sums(problem)}, which makes {problem.gold}"

    def concise(self, problem: TaskProblem) -> str:
        return f"{_sums(problem)}."

    def terse(self, problem: TaskProblem) -> str:
        a, b = operands(problem.question)
        return f"{a} + {b} = {problem.gold}."
