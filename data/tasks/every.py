"""Every built-in task, in the open."""

from collections.abc import Mapping

from data.tasks.addition import Addition
from data.tasks.algebra import Algebra
from data.tasks.coin_flip import CoinFlip
from data.tasks.directions import Directions
from data.tasks.last_letters import LastLetters
from data.tasks.task import Task
from data.tasks.word_problems import WordProblems

POCKET: Mapping[str, Task] = {task.name: task for task in (Addition(), Algebra(), Directions(), WordProblems())}
"""The tasks that the pocket model is trained on."""

TASKS: Mapping[str, Task] = {**POCKET, **{task.name: task for task in (CoinFlip(), LastLetters())}}
"""The tasks by name."""

SOURCE = "task:"
"""Begins the `source` of a problem that a task has made; the task's name follows."""


def task_of(source: str | None) -> Task | None:
    """Return the task that a problem's `source` names, or None for one that comes from elsewhere."""
    return TASKS.get(source.removeprefix(SOURCE)) if source and source.startswith(SOURCE) else None
