"""What a voice is: the parts of a reply to a task's problem, worded at several lengths."""

from typing import Protocol

from data.tasks.task import TaskProblem


class Voice(Protocol):
    """Words one task's solution."""

    def opening(self, problem: TaskProblem) -> list[str]:
        """Restate the problem, one sentence an entry."""

    def elaborate(self, problem: TaskProblem) -> list[str]:
        """Tell the solution in full sentences, one line a step."""

    def recheck(self, problem: TaskProblem) -> str:
        """Go over the solution once more, in one line that ends without a full stop."""

    def concise(self, problem: TaskProblem) -> str:
        """Tell the solution in one short line."""

    def terse(self, problem: TaskProblem) -> str:
        """Tell little more than the answer."""
