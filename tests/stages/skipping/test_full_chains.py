from typing import Any

import pytest

from data.columns import CONTROL_VALUE, COT, DROPPED, PROBLEMS, REPLY
from data.inputs.every import read_problems
from data.inputs.task import TaskProblems
from data.table import from_rows, values
from stages.check_answer import CheckAnswer
from stages.replies.split_reply import SplitReply
from stages.skipping.check_steps import CheckSteps
from stages.skipping.full_chains import FullChains
from stages.skipping.steps import step_lines


def made(**fields: Any) -> dict[str, Any]:
    row = {"problem_id": "p", "source": "file", "question": "What is 3 + 4?", "gold": "7", "answer_kind": "integer"}
    (found,) = FullChains()(from_rows([row | fields], PROBLEMS)).to_pylist()
    return dict(found)


def test_steps_of_the_source_are_the_full_chain() -> None:
    row = made(meta='{"steps": ["take 3", "", "add 4\\nthat is 7", "The answer is 7."]}')

    assert row["reply"] == "<think>\ntake 3\nadd 4\nthat is 7\n</think>\nThe answer is \\boxed{7}."
    assert (row["control_kind"], row["control_value"], row["dropped"]) == ("steps", 3.0, None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"meta": None}, "no_steps"),
        ({"meta": '{"steps": []}'}, "no_steps"),
        ({"meta": '{"steps": null}'}, "no_steps"),
        ({"meta": '{"steps": "The answer is 7."}'}, "no_steps"),
        ({"meta": '{"steps": [1, 2]}'}, "unreadable_steps"),
        ({"meta": '{"steps": {"a": 1}}'}, "unreadable_steps"),
        ({"meta": '{"steps": "' + "a\\n" * 300 + '"}'}, "too_many_steps"),
        ({"meta": '{"steps": "' + "a" * 3000 + '"}'}, "too_many_steps"),
        ({"meta": '{"steps": "a</think>b"}'}, "chat_token"),
        ({"meta": '{"steps": "a<|im_end|>"}'}, "chat_token"),
        ({"meta": '{"steps": "a"}', "gold": None}, "no_gold"),
        ({"meta": '{"steps": "a"}', "question": "Solve it in 3 steps. What?"}, "question_holds_condition"),
        ({"source": "task:addition", "question": "no addition"}, "no_steps"),
        ({"source": "task:chess"}, "no_steps"),
    ],
)
def test_a_problem_without_usable_steps_leaves_with_a_reason(fields: dict[str, Any], reason: str) -> None:
    assert made(**fields)["dropped"] == reason


def test_the_tasks_full_chains_are_right_line_for_line() -> None:
    source = TaskProblems(task=("addition", "algebra", "directions", "word_problems"), count=80)
    (problems,) = read_problems(source)

    rows = FullChains()(problems.drop_columns([DROPPED.name, "detail"]))
    rows = CheckSteps()(CheckAnswer()(SplitReply(tokenizer="words")(rows)))

    assert set(values(rows, DROPPED)) == {None}
    assert set(rows.column("verdict").to_pylist()) == {"correct"}
    assert [len(step_lines(cot)) for cot in values(rows, COT)] == values(rows, CONTROL_VALUE)
    assert all(values(rows, REPLY))


def test_takes_zero_rows() -> None:
    assert FullChains()(from_rows([], PROBLEMS)).num_rows == 0
