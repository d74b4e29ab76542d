import json
from pathlib import Path

import pytest

from tests.flows.builds import Command

ROWS = [
    {"gold": "12", "prediction": "So it is \\boxed{12}.", "expected": True},
    {"gold": "12", "prediction": "So it is \\boxed{13}.", "expected": False},
    {"gold": "12", "prediction": "So it is \\boxed{14}.", "expected": True},
]


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    return path


def test_the_confusion_and_the_rows_to_look_at_are_told(command: Command, answers: Path) -> None:
    ran = command("check-answers", str(answers))

    words = " ".join(ran.out.split())
    assert ran.code == 0
    assert "3 rows: 2 incorrect, 1 correct" in ran.out
    assert "integer │ 1 │ 2" in words
    assert "3 │ false_reject │ 12" in words


def test_a_verdict_a_row_is_written(command: Command, answers: Path, tmp_path: Path) -> None:
    output = tmp_path / "verdicts.jsonl"

    command("check-answers", str(answers), "--output", str(output))

    verdicts = [json.loads(line)["verdict"] for line in output.read_text("utf-8").splitlines()]
    assert verdicts == ["correct", "incorrect", "incorrect"]


def test_every_line_that_cannot_be_read_is_named(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'{"gold": "1", "prediction": "1"}\n{"gold": \n\xff\n[1]\n{"gold": "2"}\n')

    ran = command("check-answers", str(path))

    assert ran.code == 1
    assert [line.split(":")[1] for line in ran.err.splitlines()] == [f" {path}, line {n}" for n in (2, 3, 4, 5)]


def test_the_input_is_never_written_over(command: Command, answers: Path) -> None:
    before = answers.read_bytes()

    ran = command("check-answers", str(answers), "--output", str(answers))

    assert ran.code == 1
    assert answers.read_bytes() == before
