import pytest

from data.errors import ConfigError
from data.inputs.every import content_digest, read_problems
from data.inputs.task import TaskProblems


def test_tasks_take_turns_and_share_the_count() -> None:
    source = TaskProblems(task=("addition", "directions"), count=5)

    (rows,) = read_problems(source)

    assert rows["source"].to_pylist() == [
        "task:addition",
        "task:directions",
        "task:addition",
        "task:directions",
        "task:addition",
    ]
    assert len(set(rows["problem_id"].to_pylist())) == 5


def test_the_same_seed_gives_the_same_problems_and_the_splits_share_none() -> None:
    sources = [
        TaskProblems(task="addition", count=50, seed=3),
        TaskProblems(task="addition", count=50, seed=3),
        TaskProblems(task="addition", count=50, seed=3, split="held_out"),
    ]

    first, again, held_out = (next(read_problems(source)) for source in sources)

    assert first == again
    assert not {*first["problem_id"].to_pylist()} & {*held_out["problem_id"].to_pylist()}
    assert content_digest(sources[0]) == content_digest(sources[1]) != content_digest(sources[2])


def test_an_unknown_task_is_told() -> None:
    with pytest.raises(ConfigError, match="there is no task 'chess'"):
        list(read_problems(TaskProblems(task="chess", count=1)))
