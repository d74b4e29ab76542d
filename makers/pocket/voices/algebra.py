"""Analog of algebra in words: which term goes over, and what the equation is then."""

from data.tasks.algebra import EQUALS, OPPOSITE, STAR, equation, moved
from data.tasks.task import TaskProblem


class AlgebraVoice:
    """Words the isolation of the star."""

    def opening(self, problem: TaskProblem) -> list[str]:
        terms, other, swapped = equation(problem.question)
        star, rest = moved((terms, other, swapped), 0)
        left, right = (rest, star) if swapped else (star, rest)
        return [
            f"I want {STAR} to stand alone.",
            f"The equation is {left} {EQUALS} {right}, and the terms beside {STAR} are {', '.join(terms)}.",
        ]

    def elaborate(self, problem: TaskProblem) -> list[str]:
        start = equation(problem.question)
        terms = start[0]
        lines = [f"Swap the sides to get {problem.steps[0]}."] if start[2] else []
        for moves, term in enumerate(reversed(terms), start=1):
            star, other = moved(start, moves)
            over = f"{OPPOSITE[term[0]]}{term[1:]}"
            lines.append(f"The last term is {term}, it goes over as {over}, so {star} {EQUALS} {other}.")
        return lines

    def _over(self, problem: TaskProblem) -> str:
        """List the terms as they arrive on the other side."""
        return ", ".join(f"{OPPOSITE[term[0]]}{term[1:]}" for term in reversed(equation(problem.question)[0]))

    def recheck(self, problem: TaskProblem) -> str:
        return f"the terms that went over are {self._over(problem)}, which makes {STAR} {EQUALS} {problem.gold}"

    def concise(self, problem: TaskProblem) -> str:
        return f"Over go {self._over(problem)}, so {STAR} {EQUALS} {problem.gold}."

    def terse(self, problem: TaskProblem) -> str:
        return f"{STAR} {EQUALS} {problem.gold}."
