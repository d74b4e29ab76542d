from pathlib import Path

import pytest

from data.inputs.files import LocalFile
from data.inputs.formats.csv_records import csv_records
from data.inputs.record import Origin
from data.inputs.rows.fields import MAX_ROW_BYTES

ORIGIN = Origin("a.csv@0", "0", "a.csv")
HEADER = b"question,answer\n"
GOOD = b"q?,2\n"


def read(tmp_path: Path, content: bytes) -> list[tuple[int, object]]:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    records = csv_records(LocalFile(path), ORIGIN, ["question"])
    return [(record.number, record.faults[0].reason if record.faults else dict(record.values)) for record in records]


def test_a_value_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    rows = read(tmp_path, HEADER + b'"a, ""b""\r\n\xe2\x80\xa8c",1\r\n' + GOOD)

    assert rows == [(2, {"question": 'a, "b"\r\n\u2028c', "answer": "1"}), (4, {"question": "q?", "answer": "2"})]


def test_an_empty_cell_is_null_and_an_empty_line_no_row(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + b"\nq?,\n\n") == [(3, {"question": "q?", "answer": None})]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"only one\n", "wrong_length"),
        (b"one,two,three\n", "wrong_length"),
        (b"caf\xe9,2\n", "bad_utf8"),
        (b'"a"b,2\n', "not_csv"),
        (b"a\rb,2\n", "not_csv"),
        (b"x" * (MAX_ROW_BYTES + 1) + b",2\n", "line_too_long"),
    ],
)
def test_a_bad_row_has_its_reason_and_the_next_one_stays(tmp_path: Path, line: bytes, reason: str) -> None:
    rows = read(tmp_path, HEADER + line + GOOD)

    assert rows == [(2, reason), (3, {"question": "q?", "answer": "2"})]


def test_a_quote_that_never_closes_is_told_with_the_lines_it_took(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(HEADER + b'"q?,2\n' + GOOD * 9)

    (record,) = csv_records(LocalFile(path), ORIGIN, ["question"])

    assert record.number == 2
    assert "10 lines" in record.faults[0].detail


def test_a_value_longer_than_the_readers_own_cap_is_read(tmp_path: Path) -> None:
    (row,) = read(tmp_path, HEADER + b"x" * 1_000_000 + b",2\n")

    assert row[0] == 2
    assert row[1] == {"question": "x" * 1_000_000, "answer": "2"}
