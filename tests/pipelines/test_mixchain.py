from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import TRAINING
from data.dataset.about import About
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.errors import InputError
from data.store import read_json
from data.table import from_rows
from pipelines.exports.mixchain import ABOUT, write_mixchain


def row(problem: str, alpha: float | None, tokens: int, **more: Any) -> dict[str, Any]:
    told = {
        "problem_id": problem,
        "trace_id": f"{problem}-{alpha}-{tokens}",
        "method": "cot_valve",
        "question": f"What is {problem}?",
        "gold": "7",
        "reply": f"{tokens} words",
        "cot_tokens": tokens,
        "control_kind": "none" if alpha is None else "alpha",
        "control_value": alpha,
    }
    return {field.name: None for field in TRAINING} | told | more


def version(folder: Path, rows: list[dict[str, Any]]) -> Path:
    about = About(name="small", run="", run_file="", tokenizer="words", checker="", problems=9)
    table = from_rows(iter(rows), list(TRAINING))
    return write_dataset(folder / "dataset", {"cot_valve": [table]}, [], Splits(shares={"train": 1.0}), about)


THREE = [
    *(row("a", alpha, tokens) for alpha, tokens in ((0.0, 90), (0.5, 40), (1.0, 10))),
    *(row("b", alpha, tokens) for alpha, tokens in ((0.0, 80), (0.5, 20), (1.0, 30))),
    *(row("c", alpha, tokens) for alpha, tokens in ((0.0, 70), (1.0, 5))),
]


def written(folder: Path, rows: list[dict[str, Any]], *, complete: bool = True) -> tuple[list[dict[str, Any]], Any]:
    place = write_mixchain(version(folder, rows), "cot_valve", folder / "mixchain", complete=complete)
    return pq.read_table(place / "train.parquet").to_pylist(), read_json(place / ABOUT)


def test_chains_stand_side_by_side_the_shortest_first(tmp_path: Path) -> None:
    rows, about = written(tmp_path, THREE)

    assert sorted(rows, key=lambda row: row["question"])[0] == {
        "question": "What is a?",
        "target": "7",
        "solution_0": "10 words",
        "solution_0_token": 10,
        "correct_0": True,
        "solution_1": "40 words",
        "solution_1_token": 40,
        "correct_1": True,
        "solution_2": "90 words",
        "solution_2_token": 90,
        "correct_2": True,
    }
    assert (about["values"], about["monotone"], about["tokenizer"]) == ([1.0, 0.5, 0.0], True, "words")


def test_an_incomplete_problem_is_left_out_and_counted_and_none_falls_back(tmp_path: Path) -> None:
    rows, about = written(tmp_path, [*THREE, row("a", None, 3), row("a", 0.5, 41)])
    told = about["splits"]["train"]

    assert len(rows) == told["rows"] == told["complete"] == 2
    assert told["problems"] == 3
    assert (told["out_of_order"], told["without_value"], told["repeated"]) == (1, 1, 1)
    assert told["mean_tokens"] == [20.0, 30.0, 85.0]


def test_the_order_is_that_of_problems_with_every_chain(tmp_path: Path) -> None:
    easy = [row(name, alpha, tokens) for name in "ab" for alpha, tokens in ((0.5, 30), (1.0, 40))]
    rows, about = written(tmp_path, [*easy, *(row(name, 1.0, 2) for name in "cde")])

    assert about["values"] == [0.5, 1.0]
    assert about["splits"]["train"]["mean_tokens"] == [30.0, 40.0]
    assert about["splits"]["train"]["out_of_order"] == 0
    assert {it["solution_0_token"] for it in rows} == {30}


def test_with_all_of_them_a_lacking_chain_is_null_and_not_correct(tmp_path: Path) -> None:
    rows, _ = written(tmp_path, THREE, complete=False)
    (lacking,) = (row for row in rows if row["question"] == "What is c?")

    assert (lacking["solution_1"], lacking["solution_1_token"], lacking["correct_1"]) == (None, 0, False)
    assert len(rows) == 3


@pytest.mark.parametrize(
    "rows",
    [
        THREE[:1],
        [*THREE, row("d", 0.5, 7, control_kind="ratio_kept")],
        [row("a", float(budget), budget, control_kind="budget") for budget in range(1, 40)],
    ],
)
def test_rows_of_one_value_of_many_or_of_two_controls_are_refused(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match="at 2 to 32 values of one"):
        written(tmp_path, rows)


def test_datasets_loads_it(tmp_path: Path) -> None:
    from datasets import load_dataset

    folder = write_mixchain(version(tmp_path, THREE), "cot_valve", tmp_path / "mixchain", complete=True)
    found = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))

    assert isinstance(found["train"][0]["correct_0"], bool)
    assert pa.schema(found["train"].features.arrow_schema).names[:3] == ["question", "target", "solution_0"]
