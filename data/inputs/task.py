"""Problems of the built-in tasks: any number, from a seed."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from data.columns import ANSWER_KIND, DIFFICULTY, GOLD, PROBLEM_ID, QUESTION, SOURCE
from data.inputs.rows.problem_row import problem_id
from data.spec import LATER, Positive, digest, spec
from data.tasks.domains import DOMAINS, Domain
from data.tasks.every import SOURCE as FROM_TASK
from data.tasks.generate import generate
from data.tasks.task import TaskProblem

PROBE = 64
"""So many problems of each task tell one version of its generator from another."""

TaskName = Annotated[str, Field(min_length=1)]


@spec
class TaskProblems:
    """Problems of one or several built-in tasks."""

    kind: Literal["task"] = "task"
    task: TaskName | tuple[TaskName, ...]
    """`addition`, `algebra`, `directions`, `word_problems`, which the pocket model was trained on, `coin_flip` and
    `last_letters`; several take turns."""
    count: Positive
    """How many, all tasks together."""
    seed: int = 0
    split: Literal["train", "held_out"] = "train"
    """The two have no problem in common, whatever the seeds."""
    difficulties: tuple[int, ...] | None = None
    """The difficulties to draw from; null takes those the pocket model is trained on."""
    domain: Annotated[Domain | None, LATER] = None
    """Lengths as LearnSkip's paper has them, in place of difficulties: `in` those that are trained on, `ood_easy` and
    `ood_hard` longer ones. For `addition`, `algebra` and `directions`."""

    @model_validator(mode="after")
    def _one_says_how_long(self) -> Self:
        if self.domain is not None and self.difficulties is not None:
            raise ValueError("`domain` and `difficulties` both say how long problems are; give one of them")
        names = (self.task,) if isinstance(self.task, str) else self.task
        if self.domain is not None and (without := [name for name in names if name not in DOMAINS]):
            raise ValueError(f"tasks {without} have no `domain`; {sorted(DOMAINS)} have")
        return self


def task_rows(source: TaskProblems) -> Iterator[dict[str, Any]]:
    """Yield the problems, the tasks taking turns.

    Raises:
        ConfigError: there is no such task or difficulty.
        InputError: a task has fewer different problems than asked for.
    """
    shares = [(name, _problems(source, name, count)) for name, count in _shares(source).items()]
    while shares:
        going = []
        for name, problems in shares:
            if (problem := next(problems, None)) is not None:
                going.append((name, problems))
                yield _row(name, problem)
        shares = going


def task_version(source: TaskProblems) -> str:
    """Return a digest of the first problems of each task: a changed generator changes it."""
    firsts = {name: list(islice(_problems(source, name, count), PROBE)) for name, count in _shares(source).items()}
    return digest({name: [[p.question, p.gold, p.answer_kind] for p in first] for name, first in firsts.items()})


def _shares(source: TaskProblems) -> dict[str, int]:
    names = (source.task,) if isinstance(source.task, str) else tuple(dict.fromkeys(source.task))
    whole, rest = divmod(source.count, len(names))
    return {name: whole + (place < rest) for place, name in enumerate(names)}


def _problems(source: TaskProblems, name: str, count: int) -> Iterator[TaskProblem]:
    return generate(
        name,
        count=count,
        seed=source.seed,
        split=source.split,
        difficulties=source.difficulties,
        domain=source.domain,
    )


def _row(name: str, problem: TaskProblem) -> dict[str, Any]:
    return {
        PROBLEM_ID.name: problem_id(problem.question, problem.gold),
        SOURCE.name: f"{FROM_TASK}{name}",
        QUESTION.name: problem.question,
        GOLD.name: problem.gold,
        ANSWER_KIND.name: problem.answer_kind,
        DIFFICULTY.name: str(problem.difficulty),
    }
