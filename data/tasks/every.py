"""Every task of the pocket world, in the open."""

from collections.abc import Mapping

from data.tasks.addition import Addition
from data.tasks.algebra import Algebra
from data.tasks.directions import Directions
from data.tasks.task import Task
from data.tasks.word_problems import WordProblems

TASKS: Mapping[str, Task] = {task.name: task for task in (Addition(), Algebra(), Directions(), WordProblems())}
"""The tasks by name."""
