"""Answers of forms met in public threads and data sets, in our own words and numbers, each with where its kind is told.

They were labelled before the checker was changed for them, the near misses of the last forms with the change. `kind`
names the kind of case, `answer_kind` is given to the checker where a data set would, and `expected` says whether the
reply answers the gold.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.answers.check import check_answer

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("public_cases.jsonl").read_text("utf-8").splitlines()
    if line.strip()
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}: {row['gold']} <- {row['reply']}"[:90])
def test_judges_a_reply_as_it_is_labelled(row: dict[str, Any]) -> None:
    verdict = check_answer(row["reply"], row["gold"], kind=row.get("answer_kind"))

    assert (verdict.verdict == "correct") == row["expected"], verdict


def test_every_row_names_its_kind_and_its_source() -> None:
    assert all(row["kind"] and row["source"] for row in ROWS)
    assert len({(row["gold"], row["reply"], row.get("answer_kind")) for row in ROWS}) == len(ROWS)
