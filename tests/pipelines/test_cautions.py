import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.dataset.manifest import read_manifest
from flows.views.validate_view import plan_lines
from pipelines.build.cautions import cautions
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


def test_traces_without_a_gold_are_held_to_their_own_answers_and_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    rows = [("What is 6 times 7?", "Six sevens. Let me check: 42, and 42 again."), ("Name a prime.", "Two is prime.")]
    replies = [
        f"<think>\n{cot}\n</think>\n\n{said}" for (_, cot), said in zip(rows, ("\\boxed{42}", "Two."), strict=True)
    ]
    lines = [{"q": question, "r": reply} for (question, _), reply in zip(rows, replies, strict=True)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    traces = {"kind": "file", "path": str(path), "columns": {"question": "q", "gold": None}, "replies": [{"text": "r"}]}
    methods = [{"kind": "shortest_correct"}, {"kind": "token_skip", "ratios": [0.5], "scorer": {"kind": "random"}}]
    run = run_file(tmp_path, problems=None, engine=None, traces=traces, methods=methods, tokenizer="words")

    version = built(run).folder

    told = report(run)
    assert "nobody has checked that these answers are right" in told["cautions"][0]
    assert told["steps"][next(name for name in told["steps"] if name.startswith("check"))]["verdicts"] == {
        "kept_answer": 1,
        "undecided": 1,
    }
    reasons = read_manifest(version).rejected.reasons
    assert [reasons[kind] for kind in ("shortest_correct", "token_skip")] == [{"undecided_no_answer": 1}] * 2
    for config in ("shortest_correct", "token_skip"):
        (row,) = [row for split in load_from_disk(str(version / config)).values() for row in split]
        assert (row["verdict"], row["final_answer"], row["gold"]) == ("kept_answer", "42", None)
