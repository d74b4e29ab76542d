"""Directions in words: the move, the direction after it, and the moves still to do."""

from data.tasks.directions import facings, walk
from data.tasks.task import TaskProblem


class DirectionsVoice:
    """Words a walk."""

    def opening(self, problem: TaskProblem) -> list[str]:
        start, moves = walk(problem.question)
        return [
            f"The start is {start}, with {len(moves)} moves to follow.",
            f"The moves are {', '.join(moves)}.",
        ]

    def elaborate(self, problem: TaskProblem) -> list[str]:
        start, moves = walk(problem.question)
        way, lines = facings(start, moves), []
        for done, move in enumerate(moves, start=1):
            rest = ", ".join(moves[done:]) or "nothing"
            lines.append(f"From {way[done - 1]}, {move} gives {way[done]}. Still to do: {rest}.")
        return lines

    def _path(self, problem: TaskProblem) -> str:
        """List every move with the direction after it."""
        start, moves = walk(problem.question)
        return ", ".join(f"{move} {way}" for move, way in zip(moves, facings(start, moves)[1:], strict=True))

    def recheck(self, problem: TaskProblem) -> str:
        return f"from {walk(problem.question)[0]}, {self._path(problem)}"

    def concise(self, problem: TaskProblem) -> str:
        return f"{walk(problem.question)[0]}, {self._path(problem)}."

    def terse(self, problem: TaskProblem) -> str:
        return f"{', '.join(facings(*walk(problem.question))[1:])}."
