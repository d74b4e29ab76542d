"""Real and hostile rows kept beside the checkout: how often the checker may be wrong on them."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stages.answers.check import check_answer
from stages.answers.score import confusion, score_rows

HOSTILE = "data/verify/hostile_cases.jsonl"
PEAKS = """
import json, resource, sys
from stages.answers.score import score_rows
list(score_rows([json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Scores a file in a process of its own and prints the KiB that it and the largest of its children took at most.

(Its own `ru_maxrss` would begin with its parent's.)
"""


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_no_labelled_gsm8k_solution_is_judged_wrong(shared: Path) -> None:
    wrong = []
    for row in read_rows(shared / "data/gsm8k/example_model_solutions.jsonl"):
        gold = row["ground_truth"].rsplit("A:", 1)[-1].strip()
        solutions = [value for value in row.values() if isinstance(value, dict)]
        wrong += [s for s in solutions if (check_answer(s["solution"], gold).verdict == "correct") != s["is_correct"]]

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "accuracy", "false_accepts"), [("verify_cases", 0.95, 2), ("verify_cases_natural", 0.995, 0)]
)
def test_public_test_rows_are_judged_as_their_authors_do(
    shared: Path, name: str, accuracy: float, false_accepts: int
) -> None:
    rows = [
        row
        for row in read_rows(shared / f"data/verify/{name}.jsonl")
        if not row.get("contested") and row.get("duplicate_of") is None
    ]

    table = confusion(score_rows(rows))

    assert len(table.to_look_at) <= (1 - accuracy) * len(rows)
    assert sum(outcome == "false_accept" for _, outcome in table.to_look_at) <= false_accepts


def test_no_hostile_row_is_taken_or_runs_code(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a row opened a connection"))
    rows = read_rows(shared / HOSTILE)

    verdicts = [result["verdict"] for result in score_rows(rows)]

    assert "correct" not in verdicts
    assert len(verdicts) == len(rows)
    assert list(tmp_path.iterdir()) == []


def test_no_hostile_row_fills_memory(shared: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", PEAKS, shared / HOSTILE], capture_output=True, text=True, check=True)

    assert max(map(int, ran.stdout.split())) < 2**20
