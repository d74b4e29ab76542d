"""Every kind of bad input, in every kind of file: one error that tells where, or a row with its reason."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import DETAIL, DROPPED, PROBLEM_ID, QUESTION
from data.errors import InputError
from data.inputs.every import read_problems
from data.inputs.file import FileProblems, Format
from data.inputs.mapping import ProblemColumns
from data.inputs.rows.fields import MAX_ROW_BYTES
from data.table import values

GOOD = b'{"question": "one and one?", "answer": "2"}\n'
COLUMNS = ProblemColumns(meta=())

BAD_LINES = {
    "bad_utf8": b'{"question": "caf\xe9", "answer": "2"}',
    "not_json": b'{"question": "torn',
    "not_json (NaN)": b'{"question": "nan?", "answer": NaN}',
    "not_json (Infinity)": b'{"question": "inf?", "answer": 1, "more": [-Infinity]}',
    "not_json (a number of 5,000 digits)": b'{"question": "q?", "answer": ' + b"9" * 5000 + b"}",
    "not_json (a nest)": b'{"question": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "wrong_type (a list)": b'["question", "answer"]',
    "wrong_type (a number)": b'{"question": 5, "answer": "2"}',
    "bad_utf8 (half a pair)": b'{"question": "\\ud83d?", "answer": "2"}',
    "bad_utf8 (in the gold)": b'{"question": "gold?", "answer": "\\udc00"}',
    "missing_question": b'{"answer": "2"}',
    "missing_question (null)": b'{"question": null, "answer": "2"}',
    "missing_question (blank)": b'{"question": "  ", "answer": "2"}',
    "missing_gold": b'{"question": "gold?"}',
    "missing_gold (null)": b'{"question": "gold?", "answer": null}',
    "missing_gold (blank)": b'{"question": "gold?", "answer": ""}',
    "unreadable_gold": b'{"question": "gold?", "answer": {"value": 2}}',
    "unreadable_gold (a truth)": b'{"question": "gold?", "answer": true}',
    "duplicate_id": GOOD.strip(),
    "line_too_long": b'{"question": "' + b"x" * 50_000_000 + b'", "answer": "2"}',
}


def write(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_stops_with_its_file_and_line(tmp_path: Path, case: str) -> None:
    path = write(tmp_path / "p.jsonl", GOOD + BAD_LINES[case] + b"\n" + GOOD.replace(b"one", b"two"))

    with pytest.raises(InputError) as told:
        list(read_problems(FileProblems(path=path, columns=COLUMNS)))

    first, *_, advice = told.value.faults
    assert first.startswith(f"{path}, line 2")
    assert f": {case.split()[0]}: " in first
    assert len(first) < 500
    assert "on_bad_row: reject" in advice


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_is_rejected_with_its_reason_and_the_others_stay(tmp_path: Path, case: str) -> None:
    path = write(tmp_path / "p.jsonl", GOOD + BAD_LINES[case] + b"\n" + GOOD.replace(b"one", b"two"))

    (rows,) = read_problems(FileProblems(path=path, columns=COLUMNS, on_bad_row="reject"))

    assert values(rows, DROPPED) == [None, case.split()[0], None]
    assert values(rows, QUESTION) == ["one and one?", None, "two and two?"]
    assert len(set(values(rows, PROBLEM_ID))) == 3
    assert "line 2: " in values(rows, DETAIL)[1]
    assert str(tmp_path) not in values(rows, DETAIL)[1]


def test_all_that_is_wrong_with_a_row_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", b'{"q": 5, "level": [1]}\n')
    columns = ProblemColumns(question="q", gold="a", difficulty="level", id="id", meta=("more",))

    with pytest.raises(InputError) as told:
        list(read_problems(FileProblems(path=path, columns=columns)))

    assert [fault.split("column ")[1].split(":")[0] for fault in told.value.faults[:-1]] == [
        "'q'",
        "'a'",
        "'id'",
        "'level'",
        "'more'",
    ]


def test_many_bad_rows_are_told_in_few_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", b'{"question": "q?"}\n' * 1000)

    with pytest.raises(InputError) as told:
        list(read_problems(FileProblems(path=path)))

    assert len(told.value.faults) == 5
    assert f"{path}: 997 more rows with missing_gold in column 'answer'" in told.value.faults


def test_nothing_is_yielded_after_the_first_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", b"{\n" + b"".join(GOOD.replace(b"one", b"%d" % n) for n in range(5000)))
    tables = read_problems(FileProblems(path=path))

    with pytest.raises(InputError):
        next(tables)


BAD_FILES: dict[str, tuple[bytes, Format, str]] = {
    "empty": (b"", "jsonl", "is empty"),
    "blank": (b"\n \r\n", "jsonl", "no row in it"),
    "an empty list": (b"[]", "json", "no row in it"),
    "a header alone": (b"question,answer\n", "csv", "no row in it"),
    "torn JSON": (b'[{"question": "q?", ', "json", "not JSON: .* at line 1, column "),
    "NaN in JSON": (b'[{"question": "q?", "answer": NaN}]', "json", "NaN is no JSON"),
    "a nest": (b"[" * 200_000, "json", "not JSON"),
    "an object": (b'{"results": [], "n": 1}', "json", "lists lie at .'results'.: name one as `list_at`"),
    "a string": (b'"text"', "json", "the file is one str"),
    "UTF-16": ('{"question": "q?"}'.encode("utf-16"), "jsonl", "UTF-16"),
    "gzip within gzip": (gzip.compress(gzip.compress(GOOD)), "jsonl", "gzip inside of a compressed file; unpack it"),
    "torn gzip": (gzip.compress(GOOD * 50)[:-20], "jsonl", "gzip data is damaged"),
    "a zip archive": (b"PK\x03\x04 and more", "jsonl", "a zip archive; unpack it"),
    "Parquet by another name": (b"PAR1 and more", "jsonl", "set `format: parquet`"),
    "no Parquet": (GOOD, "parquet", "damaged Parquet"),
    "a header without the column": (b"question,gold\nq?,2\n", "csv", "column 'answer': .*there are 'question', 'gold'"),
    "a header with a name twice": (b"question,answer,answer\nq?,1,2\n", "csv", "'answer' more than once"),
    "a header that is no text": (b"question,answ\xe9r\n", "csv", "line 1: the header cannot be read"),
    "an unknown name": (GOOD, "auto", "set `format`"),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("on_bad_row", ["stop", "reject"])
def test_a_bad_file_is_an_error_that_names_it(tmp_path: Path, case: str, on_bad_row: str) -> None:
    content, form, told = BAD_FILES[case]
    path = write(tmp_path / "data.bin", content)

    with pytest.raises(InputError, match=told) as raised:
        list(read_problems(FileProblems(path=path, format=form, on_bad_row=on_bad_row)))  # type: ignore[arg-type]

    assert all(fault.startswith(path) for fault in raised.value.faults)


def test_what_is_no_file_is_told_all_at_once(tmp_path: Path) -> None:
    paths = (str(tmp_path), str(tmp_path / "none.jsonl"), str(tmp_path / "*.jsonl"), "a\0b")

    with pytest.raises(InputError) as told:
        list(read_problems(FileProblems(path=paths)))

    assert [fault.rpartition(": ")[2].split(";")[0] for fault in told.value.faults] == [
        "this is a folder",
        "there is no such file",
        "no file matches this pattern",
        "there is no such file",
    ]


def test_every_bad_file_is_told_beside_every_bad_row(tmp_path: Path) -> None:
    write(tmp_path / "1.json", b"[")
    write(tmp_path / "2.jsonl", b"{")
    write(tmp_path / "3.csv", b"q\n1\n")

    with pytest.raises(InputError) as told:
        list(read_problems(FileProblems(path=str(tmp_path / "*"))))

    assert [name for name in ("1.json", "2.jsonl", "3.csv") if name in str(told.value)] == [
        "1.json",
        "2.jsonl",
        "3.csv",
    ]


def as_csv(rows: list[dict[str, str]]) -> bytes:
    return b"question,answer\r\n" + b"".join(f'"{row["question"]}",{row["answer"]}\r\n'.encode() for row in rows)


def as_parquet(rows: list[dict[str, str]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue().to_pybytes()


FORMATS: dict[str, Callable[[list[dict[str, str]]], bytes]] = {
    "a.jsonl": lambda rows: b"".join(json.dumps(row).encode() + b"\n" for row in rows),
    "crlf.jsonl": lambda rows: b"".join(json.dumps(row).encode() + b"\r\n" for row in rows),
    "bom.jsonl": lambda rows: b"\xef\xbb\xbf" + b"\n\n".join(json.dumps(row).encode() for row in rows),
    "lines.json": lambda rows: b"".join(json.dumps(row).encode() + b"\n" for row in rows),
    "list.json": lambda rows: json.dumps(rows, indent=1).encode(),
    "bom.json": lambda rows: b"\xef\xbb\xbf" + json.dumps(rows).encode(),
    "a.csv": as_csv,
    "bom.csv": lambda rows: b"\xef\xbb\xbf" + as_csv(rows),
    "a.PARQUET": as_parquet,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_problems(tmp_path: Path, name: str) -> None:
    rows = [{"question": f"What is {n}, é,\nplus one?", "answer": str(n + 1)} for n in range(3)]
    path = write(tmp_path / name, FORMATS[name](rows))

    (table,) = read_problems(FileProblems(path=path))

    kept = table.select(["question", "gold", "answer_kind"]).to_pylist()
    assert kept == [{"question": row["question"], "gold": row["answer"], "answer_kind": "integer"} for row in rows]


def test_a_list_inside_a_json_file_is_read_and_a_bad_byte_found_in_its_row(tmp_path: Path) -> None:
    path = write(
        tmp_path / "p.json", b'{"a": {"b": [{"question": "q?", "answer": 1}, {"question": "\xff", "answer": 2}, 3]}}'
    )

    (rows,) = read_problems(FileProblems(path=path, where="a.b", on_bad_row="reject"))

    assert values(rows, DROPPED) == [None, "bad_utf8", "wrong_type"]


def test_a_row_longer_than_the_cap_is_found_in_a_json_list(tmp_path: Path) -> None:
    rows = [{"question": "q?", "answer": 1}, {"question": "x" * (MAX_ROW_BYTES + 1), "answer": 2}]
    path = write(tmp_path / "p.json", json.dumps(rows).encode())

    (table,) = read_problems(FileProblems(path=path, on_bad_row="reject"))

    assert values(table, DROPPED) == [None, "line_too_long"]


def test_no_more_rows_are_read_than_the_limit(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", GOOD + GOOD.replace(b"one", b"two") + b"never looked at")

    (rows,) = read_problems(FileProblems(path=path, limit=2))

    assert rows.num_rows == 2
