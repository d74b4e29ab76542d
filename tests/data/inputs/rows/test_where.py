"""Rows chosen by what their columns hold.

Field cases of this kind: NVIDIA-NeMo/RL#3417 (NuminaMath-1.5: problem_is_valid, solution_is_valid, question_type),
PrimeIntellect-ai/verifiers#363 and huggingface/open-r1#637 (by pass rate), OpenMathReasoning's `pass_rate_72b_tir`,
which is text and may be `n/a`, AReaL#352 (neither too easy nor too hard), OpenR1-Math's list of verdicts. The values
are our own.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import DETAIL, DROPPED, QUESTION
from data.errors import ConfigError, InputError
from data.inputs.every import AnyProblems, read_problems
from data.inputs.file import FileProblems
from data.inputs.rows.where import left_out
from data.spec import parse


@pytest.mark.parametrize(
    ("value", "wanted", "is_chosen"),
    [
        ("has_answer", "has_answer", True),
        ("no_answer", "has_answer", False),
        ("a", ["a", "b"], True),
        ("c", {"one_of": ["a", "b"]}, False),
        ("Yes", True, True),  # YAML takes a bare `Yes` for a truth value
        ("No", True, False),
        (True, "yes", True),
        (True, 1, False),
        ("proof", {"not": "proof"}, False),
        ("MCQ", {"not": ["proof", "MCQ"]}, False),
        ("math", {"not": ["proof", "MCQ"]}, True),
        ("0.5", {"at_most": 0.8}, True),
        ("n/a", {"at_most": 0.8}, False),
        (0.9, {"at_most": 0.8}, False),
        (0.8, {"at_most": 0.8}, True),
        (0.8, {"below": 0.8}, False),
        (0.25, {"at_least": 0.25, "below": 0.75}, True),
        (0, {"above": 0}, False),
        (7, 7.0, True),
        ("7", 7, True),
        (None, None, True),
        ("", None, False),
        (None, {"not": None}, False),
        ("x", {"not": None}, True),
        (float("nan"), {"at_most": 1}, False),
        ([True, False], {"contains": True}, True),
        ([False, None], {"contains": True}, False),
        ("olympiads/aops", {"contains": "aops"}, True),
        (None, {"at_least": 0}, False),
        ({"a": 1}, "a", False),
    ],
)
def test_a_row_is_chosen_by_a_column(value: Any, wanted: Any, is_chosen: bool) -> None:
    assert (left_out({"c": value}, {"c": wanted}) is None) is is_chosen


def rows_of(path: str, where: Any, **fields: Any) -> list[dict[str, Any]]:
    source = FileProblems(path=path, where=where, **fields)
    return [row for rows in read_problems(source) for row in rows.to_pylist()]


@pytest.fixture
def path(tmp_path: Path) -> str:
    rows = [
        {"question": f"q{n}?", "answer": n, "kind": "easy" if n % 3 else "hard", "about": {"rate": n / 10}}
        for n in range(9)
    ]
    file = tmp_path / "p.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def test_rows_that_are_not_chosen_are_counted_and_no_error(path: str) -> None:
    rows = rows_of(path, {"kind": "hard", "about.rate": {"at_most": 0.5}})

    assert [row[QUESTION.name] for row in rows if row[DROPPED.name] is None] == ["q0?", "q3?"]
    assert [row[DROPPED.name] for row in rows].count("filtered") == 7
    assert "line 2: kind is 'easy'" in next(row[DETAIL.name] for row in rows if row[DROPPED.name])


def test_a_limit_counts_the_rows_that_are_chosen(path: str) -> None:
    rows = rows_of(path, {"kind": "hard"}, limit=2)

    assert [row[QUESTION.name] for row in rows if row[DROPPED.name] is None] == ["q0?", "q3?"]


def test_a_column_that_is_not_there_is_an_error(path: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"question": ["q?"], "answer": ["1"]}), tmp_path / "p.parquet")

    with pytest.raises(InputError, match="column 'level': missing_column: `where` names it"):
        rows_of(path, {"level": 1})
    with pytest.raises(InputError, match="column 'level': there is no such column"):
        rows_of(str(tmp_path / "p.parquet"), {"level": 1})


def test_rows_of_parquet_are_chosen_by_a_column_that_is_not_read_otherwise(tmp_path: Path) -> None:
    table = pa.table({"question": ["q?", "r?"], "answer": ["1", "2"], "ok": [True, False]})
    pq.write_table(table, tmp_path / "p.parquet")

    rows = rows_of(str(tmp_path / "p.parquet"), {"ok": True})

    assert [row[DROPPED.name] for row in rows] == [None, "filtered"]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ('{"c": {"atmost": 1}}', r"\['atmost'\] is no rule; \['above', 'at_least', 'at_most', 'below', 'contains'"),
        ('{"c": {"at_most": "1"}}', "c.at_most: a number is wanted"),
        ('{"c": {"one_of": "a"}}', "c.one_of: a list is wanted"),
        ('{"c": []}', "a value, a list of values or rules are wanted"),
        ('{"c": {}}', "nothing is no rule"),
    ],
)
def test_a_condition_that_says_nothing_is_refused(where: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse(AnyProblems, f'{{"kind": "file", "path": "p.jsonl", "where": {where}}}', where="run")  # type: ignore[arg-type]


def test_a_text_still_names_the_place_of_the_list(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text('{"results": [{"question": "q?", "answer": 1}]}')

    assert len(rows_of(str(tmp_path / "p.json"), "results")) == 1
    assert len(rows_of(str(tmp_path / "p.json"), None, list_at="results")) == 1
    with pytest.raises(ValueError, match="say the same"):
        FileProblems(path="p.json", where="results", list_at="results")
