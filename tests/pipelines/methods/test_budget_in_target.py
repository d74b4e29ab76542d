from math import ceil
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from data.prompts.wording import question_prompt
from data.thinking.turn import write_turn
from tests.pipelines.runs import built, ordered, report, run_file


def run(folder: Path, *, count: int = 12, **fields: Any) -> Path:
    return run_file(folder, count=count, methods=[{"kind": "budget_in_target", "samples": 4, **fields}])


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "budget_in_target")).values() for row in split]


def test_the_line_names_the_rows_own_length_rounded_up(tmp_path: Path) -> None:
    form = {"kind": "line", "added": ["<budget>", "</budget>"]}
    found = rows(built(run(tmp_path, round_up_to=10, form=form)).folder)

    assert found
    for row in found:
        budget = ceil(row["cot_tokens"] / 10) * 10
        plain = write_turn(row["reasoning"], row["answer"])
        assert row["verdict"] == "correct"
        assert (row["control_kind"], row["control_value"]) == ("tokens", budget)
        assert row["prompt"] == [{"role": "user", "content": question_prompt(row["question"])}]
        assert row["completion"][0]["content"] == plain.replace("<think>\n", f"<think>\n<budget>{budget}</budget>\n", 1)
        assert "".join(piece["text"] for piece in row["segments"]) == row["completion"][0]["content"]
        assert row["added_tokens"] == ["<budget>", "</budget>"]


def test_the_prompt_names_the_budget_whose_rest_is_marked(tmp_path: Path) -> None:
    found = rows(built(run(tmp_path, form={"kind": "marks", "parts": 4}, round_up_to=1)).folder)

    for row in found:
        budget = f"{row['control_value']:.0f}"
        marks = [piece for piece in row["segments"] if piece["kind"] == "remaining"]
        assert row["prompt"][-1]["content"].endswith(f"Think for at most {budget} tokens.")
        assert marks[0]["text"] == "<|left_4|>"
        assert not any(piece["train"] for piece in marks)
        assert all(piece["train"] for piece in row["segments"] if piece["kind"] != "remaining")


def test_every_right_trace_can_teach_its_own_budget(tmp_path: Path) -> None:
    path = run(tmp_path, choose="every", round_up_to=5)
    found = rows(built(path).folder)
    budgets: dict[str, set[float]] = {}
    for row in found:
        budgets.setdefault(row["problem_id"], set()).add(row["control_value"])

    assert max(map(len, budgets.values())) > 1
    assert report(path)["methods"]["budget_in_target"]["rows"] == len(found)


def test_a_question_that_names_a_budget_leaves(tmp_path: Path) -> None:
    path = run(tmp_path, form={"kind": "marks", "told": " What is {value}"})

    with pytest.raises(Exception, match="question_holds_condition"):
        built(path)


def test_every_setting_that_changes_rows_is_another_step(tmp_path: Path) -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"form": {"kind": "line", "weight": 2.0}},
        {"form": {"kind": "marks"}},
        {"form": {"kind": "marks", "at": "line"}},
        {"round_up_to": 7},
    ]
    branches = [ordered(run(tmp_path, **fields)).plan.branches[0] for fields in settings]

    assert len({branch.rows.fingerprint for branch in branches}) == len(settings)
    assert len({branch.traces.fingerprint for branch in branches}) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"form": {"kind": "line", "text": "<b>"}}, "exactly once"),
        ({"form": {"kind": "marks", "mark": "x", "told": "y"}}, "`mark` must hold"),
        ({"form": {"kind": "ruler"}}, "form"),
        ({"round_up_to": 0}, "round_up_to"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        ordered(run(tmp_path, **fields))
