"""Every case that users reported in public, as the words of its `expected.md` want it."""

import json
import os
from pathlib import Path

import pytest

from stages.answers.score import score_rows
from tests.conftest import SHARED
from tests.field.files import FILES
from tests.field.prompts import PROMPTS
from tests.field.runner import Check, run_case
from tests.field.servers import SERVERS
from tests.flows.builds import Command

CASES = SHARED / "field" / "cases"
TRAINING = range(80, 90)
"""Numbers of the cases that train a model, which other tests run."""
DOCUMENTED = {
    "twelve",
    "\\sum_{k=1}^{10}k",
    "33.3",
    "(\\begin{pmatrix}0.29\\\\0.196\\\\-0.186\\\\\\end{pmatrix})",
}
"""Golds that docs/answers.md says are not read, or read by its policy of rounding: more places than the gold must be
equal."""
CHECKS: dict[str, Check] = {**SERVERS, **FILES, **PROMPTS}

FOUND = sorted(path for path in CASES.glob("[0-9]*") if int(path.name[:2]) not in TRAINING)
ANSWERED = [path for path in FOUND if (path / "answers.jsonl").is_file()]
BUILT = [path for path in FOUND if (path / "run.yaml").is_file()]


def parameters(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.name) for path in paths]


@pytest.mark.parametrize("case", parameters(ANSWERED))
def test_answers_are_judged_as_people_judge_them(shared: Path, case: Path) -> None:
    rows = [json.loads(line) for line in (case / "answers.jsonl").read_text("utf-8").splitlines() if line.strip()]

    results = list(score_rows(rows))

    wrong = [
        (row["gold"], row["prediction"], row["expected"], result["verdict"])
        for row, result in zip(rows, results, strict=True)
        if row["expected"] != "any"
        and row["gold"] not in DOCUMENTED
        and (result["verdict"] == "correct") != row["expected"]
    ]
    assert [row for row in wrong if row[0] not in DOCUMENTED] == []


@pytest.mark.parametrize("case", parameters(BUILT))
def test_a_build_is_as_its_user_wants_it(shared: Path, case: Path, tmp_path: Path, command: Command) -> None:
    outcome = run_case(case, tmp_path, command)

    CHECKS[case.name[:2]](outcome)


def test_every_case_is_tried(shared: Path) -> None:
    assert FOUND
    assert [path.name for path in FOUND if path not in ANSWERED and path not in BUILT] == []
    assert [path.name for path in BUILT if path.name[:2] not in CHECKS] == []
    assert os.access(CASES, os.R_OK)
