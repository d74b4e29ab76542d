from typing import Any, Literal

import pyarrow as pa
import pytest

from data.columns import CONTROL_VALUE, COT, COT_TOKENS, DROPPED, PROBLEMS, REPLY, SOURCE, TRACE_ID
from data.inputs.every import read_problems
from data.inputs.task import TaskProblems
from data.table import conform, from_rows, split_dropped, values
from stages.check_answer import CheckAnswer
from stages.replies.split_reply import SplitReply
from stages.skipping.check_steps import CheckSteps
from stages.skipping.full_chains import FullChains
from stages.skipping.steps import step_lines
from stages.skipping.warm_skips import WarmSkips

How = Literal["manual", "random"]
TASKS = ("addition", "algebra", "directions", "word_problems")


def full(*tasks: str, count: int = 40) -> pa.Table:
    (problems,) = read_problems(TaskProblems(task=tasks, count=count))
    return SplitReply(tokenizer="words")(FullChains()(conform(problems, PROBLEMS)))


def own(**fields: Any) -> pa.Table:
    row = {"problem_id": "p", "source": "file", "question": "q", "gold": "7", "trace_id": "t", "cot_tokens": 9}
    return from_rows([row | {"meta": '{"steps": ["a", "b", "c"]}'} | fields], (*PROBLEMS, TRACE_ID, COT_TOKENS))


@pytest.mark.parametrize("task", TASKS)
def test_manual_chains_are_as_long_as_told_and_right(task: str) -> None:
    made = WarmSkips(how="manual")(full(task))
    kept = split_dropped(made)[0]
    rows = CheckSteps()(CheckAnswer()(SplitReply(tokenizer="words")(kept)))

    assert kept.num_rows > 40
    assert set(values(rows, DROPPED)) == {None}
    assert set(rows.column("verdict").to_pylist()) == {"correct"}
    assert [len(step_lines(cot)) for cot in values(rows, COT)] == values(rows, CONTROL_VALUE)
    assert {reason for reason in values(made, DROPPED) if reason} <= {"under_one_step"}


@pytest.mark.parametrize("task", ["algebra", "directions"])
def test_chains_shortened_by_chance_still_follow(task: str) -> None:
    kept = split_dropped(WarmSkips(how="random", seed=1)(full(task)))[0]
    rows = CheckSteps()(SplitReply(tokenizer="words")(kept))

    assert kept.num_rows > 40
    assert set(values(rows, DROPPED)) == {None}


def test_chance_makes_nothing_that_does_not_follow() -> None:
    made = WarmSkips(how="random")(full("addition"))

    assert set(values(made, DROPPED)) <= {"no_skip_follows", "under_one_step"}


@pytest.mark.parametrize(("how", "reasons"), [("manual", ["no_skip_rule"] * 2), ("random", [None, None])])
def test_another_source_has_no_rule_but_chance(how: How, reasons: list[str | None]) -> None:
    made = WarmSkips(how=how)(own())

    assert values(made, DROPPED) == reasons


def test_the_same_seed_makes_the_same_chains() -> None:
    rows = full("directions")
    first, again, other = (values(WarmSkips(how="random", seed=seed)(rows), REPLY) for seed in (0, 0, 1))

    assert first == again
    assert first != other


def test_takes_zero_rows() -> None:
    assert WarmSkips(how="manual")(own().slice(0, 0)).num_rows == 0
    assert SOURCE.name in own().column_names
