import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from data.inputs.every import read_problems
from data.inputs.file import FileProblems
from data.inputs.mapping import ProblemColumns
from data.inputs.record import BadRow
from data.inputs.rows.options import read_options, with_options


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (["A)32400", "B)6000", "C)600"], ("32400", "6000", "600")),
        (["red", "green"], ("red", "green")),
        (["A) red", "green"], ("A) red", "green")),
        ("a ) 12 , b ) 16 , c ) 1 , 000", ("12", "16", "1 , 000")),
        ("a ) rs . 5 ( a ) , b ) b , c ) none of a , d ) e", ("rs . 5 ( a )", "b", "none of a", "e")),
        ("a ) a ) 15 , b ) b ) 10", ("15", "10")),
        ("['a ) 462 cm ²', 'b ) none']", ("462 cm ²", "none")),
        ({"text": ["one", "two"], "label": ["A", "B"]}, ("one", "two")),
    ],
)
def test_reads_options_without_their_letters(value: Any, texts: tuple[str, ...]) -> None:
    assert read_options(value, "options") == texts


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (12, "wrong_type"),
        (["one", 2], "wrong_type"),
        (["one"], "unreadable_options"),
        (["one", " "], "unreadable_options"),
        (["x"] * 11, "unreadable_options"),
        ("no letters at all", "unreadable_options"),
    ],
)
def test_says_why_options_cannot_be_read(value: Any, reason: str) -> None:
    with pytest.raises(BadRow) as told:
        read_options(value, "options")

    assert [fault.reason for fault in told.value.faults] == [reason]


def test_shows_the_options_below_the_question() -> None:
    assert with_options("How many?\n", ("ten", "twelve")) == "How many?\n\nOptions:\nA) ten\nB) twelve"


def test_reads_the_five_options_of_every_mathqa_problem(shared: Path) -> None:
    lines = (shared / "data" / "mathqa" / "test.jsonl").read_text("utf-8").splitlines()

    read = [read_options(json.loads(line)["options"], "options") for line in lines]

    assert len(read) == 1000
    assert {len(texts) for texts in read} == {5}
    assert not [text for texts in read for text in texts if text[:3] in ("a )", "b )", "c )", "d )", "e )")]


COLUMNS = ("right", "wrong1", "wrong2", "wrong3")


def read(tmp_path: Path, rows: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = ProblemColumns(
        question="q", gold=fields.pop("gold_column", "right"), options=fields.pop("options", COLUMNS)
    )
    source = FileProblems(path=str(path), columns=columns, gold="choice", **fields)
    return [row for table in read_problems(source) for row in table.to_pylist()]


def asked(number: int, **more: Any) -> dict[str, Any]:
    return {"q": f"Which is {number}?", "right": number, "wrong1": -1, "wrong2": -2, "wrong3": -3, **more}


def right_of(row: dict[str, Any]) -> str:
    """Return the text of the option that the gold names."""
    lines = str(row["question"]).partition("\n\nOptions:\n")[2].split("\n")
    return next(line.partition(") ")[2] for line in lines if line.startswith(f"{row['gold']})"))


def test_options_in_columns_of_their_own_are_shuffled_and_the_gold_follows(tmp_path: Path) -> None:
    # GPQA (idavidrein/gpqa), SciQ and OpenBookQA-like tables: the right one always stands in the same column.
    rows = read(tmp_path, [asked(n) for n in range(1, 201)])

    letters = Counter(row["gold"] for row in rows)
    assert [right_of(row) for row in rows] == [str(n) for n in range(1, 201)]
    assert all(30 < letters[letter] < 70 for letter in "ABCD")


def test_the_shuffle_follows_the_seed_alone(tmp_path: Path) -> None:
    rows = [asked(n) for n in range(1, 30)]

    one, again, other = (read(tmp_path, rows, options_seed=seed) for seed in (0, 0, 1))
    turned = read(tmp_path, rows[::-1], options=COLUMNS[::-1])[::-1]

    assert [row["question"] for row in one] == [row["question"] for row in again]
    assert [row["question"] for row in one] == [row["question"] for row in turned]
    assert [row["question"] for row in one] != [row["question"] for row in other]
    assert [row["gold"] for row in one] == [row["gold"] for row in turned]


def test_options_keep_their_order_where_the_gold_is_a_letter_or_place_of_its_own(tmp_path: Path) -> None:
    # MedMCQA: opa, opb, opc, opd, and cop counts from 0.
    (row,) = read(tmp_path, [asked(1, cop=2)], gold_column="cop")
    (shuffled,) = read(tmp_path, [asked(1, cop=2)], gold_column="cop", shuffle_options=True)

    assert row["question"].endswith("A) 1\nB) -1\nC) -2\nD) -3")
    assert row["gold"] == "C"
    assert right_of(row) == right_of(shuffled) == "-2"
    assert shuffled["question"] != row["question"]


def test_options_of_one_column_can_be_shuffled_too(tmp_path: Path) -> None:
    rows = [{"q": f"q{n}?", "o": ["a", "b", "c", "d"], "right": "b"} for n in range(40)]

    shuffled = read(tmp_path, rows, options="o", shuffle_options=True)

    assert {right_of(row) for row in shuffled} == {"b"}
    assert len({row["gold"] for row in shuffled}) == 4


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (asked(1, wrong1=None), None),
        (asked(1, wrong1=None, wrong2=None, wrong3=""), "unreadable_options"),
        (asked(1, wrong1=-2), "unreadable_options"),
        (asked(1, wrong1=" -2 "), "unreadable_options"),
        (asked(1, right=None), "missing_gold"),
        (asked(1, wrong1=[1]), "wrong_type"),
        ({"q": "q?", "right": 1, "wrong1": 2}, "missing_column"),
    ],
)
def test_columns_that_hold_no_options_reject_their_row(tmp_path: Path, row: dict[str, Any], reason: str | None) -> None:
    (read_row,) = read(tmp_path, [row], on_bad_row="reject")

    assert read_row["dropped"] == reason


def test_the_gold_is_its_column_even_where_it_looks_like_a_letter(tmp_path: Path) -> None:
    (row,) = read(tmp_path, [{"q": "q?", "right": "B", "wrong1": "A", "wrong2": "C", "wrong3": "D"}])

    assert right_of(row) == "B"


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ('["one", "two"]', ("one", "two")),
        ("['it\\'s', \"two\"]", ("it's", "two")),
        ('{"text": ["one", "two"], "label": ["A", "B"]}', ("one", "two")),
        ({"A": "one", "B": "two"}, ("one", "two")),
        ('{"A": "one", "B": "two", "C": "three"}', ("one", "two", "three")),
    ],
)
def test_reads_options_from_records_and_from_text_that_holds_them(value: Any, texts: tuple[str, ...]) -> None:
    assert read_options(value, "options") == texts
