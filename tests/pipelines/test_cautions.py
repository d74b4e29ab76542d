from pathlib import Path
from typing import Any

import pytest

from flows.validate_view import plan_lines
from pipelines.cautions import cautions
from tests.pipelines.runs import built, ordered, report, run_file

TASK = {"kind": "task", "task": ["directions", "addition"], "count": 4}


def run(folder: Path, *, kind: str = "system2_to_1", **changes: Any) -> Path:
    return run_file(folder, methods=[{"kind": kind, **changes.pop("method", {})}], **changes)


@pytest.mark.parametrize(
    ("problems", "gold", "method", "cautioned"),
    [
        (TASK, None, {}, True),
        (TASK, None, {"multi_step": False}, False),
        (None, "gsm8k", {}, True),
        (None, "plain", {}, False),
        (None, "plain", {"multi_step": True}, True),
    ],
)
def test_who_takes_the_reasoning_from_tasks_of_several_steps_is_told_the_published_figure(
    tmp_path: Path, problems: Any, gold: str | None, method: dict[str, Any], cautioned: bool
) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text('{"question": "What is 7?", "answer": "It is seven.\\n#### 7"}\n')
    found = {"kind": "file", "path": str(path), "gold": gold}
    told = cautions(ordered(run(tmp_path, problems=problems or found, method=method)).run)

    assert len(told) == cautioned
    assert all("CoT distilled on GSM8K: 52.77% at 270 tokens to 7.13% at 18 tokens" in one for one in told)


def test_it_is_said_before_the_build_and_in_its_report(tmp_path: Path) -> None:
    path = run(tmp_path, problems=TASK)
    built(path)

    assert any("7.13%" in line for line in plan_lines(ordered(path)))
    assert "7.13%" in report(path)["cautions"][0]


def test_other_methods_have_none(tmp_path: Path) -> None:
    assert cautions(ordered(run(tmp_path, kind="shortest_correct", problems=TASK)).run) == []


REMOTE = {"kind": "remote", "base_url": "https://models.example/v1", "model": "big"}


@pytest.mark.parametrize(
    ("changes", "cautioned"),
    [
        ({"engine": REMOTE}, "no `tokenizer` is named"),
        ({"engine": REMOTE, "tokenizer": "words"}, "`tokenizer` is `words`"),
        ({"engine": REMOTE, "tokenizer": "data/pocket"}, None),
        ({"engine": None, "engines": {"a": REMOTE}}, "no `tokenizer` is named"),
        ({}, None),
    ],
)
def test_who_counts_words_of_a_remote_model_is_told_what_does_not_compare(
    tmp_path: Path, changes: dict[str, Any], cautioned: str | None
) -> None:
    told = cautions(ordered(run(tmp_path, kind="shortest_correct", **changes)).run)

    assert [cautioned in one and "tokens of big" in one for one in told if cautioned] == ([True] if cautioned else [])
    assert len(told) == (cautioned is not None)


def test_marks_of_thought_that_nobody_declared_are_a_caution_of_the_build(tmp_path: Path) -> None:
    traces = tmp_path / "traces.jsonl"
    traces.write_text(
        '{"question": "What is 6 times 7?", "answer": "42", '
        '"reply": "<ponder>\\n6 7 42\\n</ponder>\\nThe answer is 42."}\n'
    )
    source = {"kind": "file", "path": str(traces), "replies": [{"text": "reply", "model": "m"}]}
    path = run_file(tmp_path, problems=None, traces=source, engine=None, tokenizer="words")
    built(path)
    (caution,) = (told for told in report(path)["cautions"] if "undeclared_marks" in told)

    assert caution.startswith("shortest_correct: 1 of 1 rows")
