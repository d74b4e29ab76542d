"""Any number of problems from a seed, training and held-out ones disjoint by construction."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from random import Random
from typing import Literal

from data.errors import ConfigError, InputError
from data.tasks.domains import Domain, lengths_of
from data.tasks.every import TASKS
from data.tasks.task import Task, TaskProblem

Split = Literal["train", "held_out"]
HELD_OUT_ONE_IN = 10
PATIENCE = 20_000
"""Problems made in a row without a new one before the task counts as used up."""


def split_of(task: Task, question: str) -> Split:
    """Return the split a question belongs to: what it asks decides, whatever its wording."""
    digest = sha256(f"{task.name}: {task.canonical(question)}".encode()).digest()
    return "held_out" if int.from_bytes(digest[:8]) % HELD_OUT_ONE_IN == 0 else "train"


def sample(
    task: Task, rng: Random, split: Split, difficulties: Sequence[int], domain: Domain | None = None
) -> TaskProblem:
    """Make one problem of the split; two calls may make the same."""
    lengths = None if domain is None else lengths_of(task.name, domain)
    while True:
        problem = lengths.problem(task.name, rng) if lengths else task.problem(rng, rng.choice(difficulties))
        if split_of(task, problem.question) == split:
            return problem


def generate(
    task_name: str,
    *,
    count: int,
    seed: int,
    split: Split,
    difficulties: Sequence[int] | None = None,
    domain: Domain | None = None,
) -> Iterator[TaskProblem]:
    """Yield `count` problems of a task, no two the same but for their wording.

    Args:
        difficulties: The knobs to choose from, each equally often; the task's usual ones when None.
        domain: Lengths of a published domain in place of difficulties.

    Raises:
        ConfigError: there is no such task or difficulty.
        InputError: the task has fewer different problems than asked for.
    """
    task, chosen = _checked(task_name, difficulties)
    rng, seen, fruitless = Random(f"{task_name} {domain or ''} {split} {seed}".replace("  ", " ")), set[str](), 0
    while len(seen) < count:
        problem = sample(task, rng, split, chosen, domain)
        what = task.canonical(problem.question)
        fruitless = fruitless + 1 if what in seen else 0
        if fruitless > PATIENCE:
            raise InputError(
                f"{task_name} has about {len(seen)} {split} problems at difficulties {list(chosen)}; "
                f"{count} were asked for: ask for fewer, or for higher difficulties"
            )
        if not fruitless:
            seen.add(what)
            yield problem


def _checked(task_name: str, difficulties: Sequence[int] | None) -> tuple[Task, Sequence[int]]:
    """Return the task and the difficulties to draw from, or tell what is wrong with them."""
    task = TASKS.get(task_name)
    if task is None:
        raise ConfigError(f"there is no task {task_name!r}; there are {sorted(TASKS)}")
    chosen = task.difficulties if difficulties is None else difficulties
    wrong = [difficulty for difficulty in chosen if difficulty not in task.possible]
    if wrong or not chosen:
        span = f"{task.possible.start} to {task.possible.stop - 1}"
        raise ConfigError(f"{task_name} cannot be made at difficulties {wrong}; name at least one of {span}")
    return task, chosen
