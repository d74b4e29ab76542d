"""Parquet files that are small and stand for much, or are damaged."""

import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import DROPPED, QUESTION, REPLY
from data.errors import InputError
from data.inputs.every import read_problems, read_traces
from data.inputs.file import FileProblems, FileTraces
from data.inputs.formats import parquet_groups
from data.inputs.mapping import Replies
from data.table import values

REPLIES = (Replies(text="r"),)


def named(text: str, times: int) -> pa.Array:
    """Return a column that stores a text once and names it often."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * times, pa.int32()), pa.array([text]))


def write(tmp_path: Path, table: pa.Table, **options: object) -> str:
    path = tmp_path / "p.parquet"
    pq.write_table(table, path, compression="zstd", **options)  # type: ignore[arg-type]
    return str(path)


def test_a_long_text_named_often_is_never_written_out(tmp_path: Path) -> None:
    rows = 5_000  # 100 GB, were they written out
    path = write(tmp_path, pa.table({"question": named("x" * (20 << 20), rows), "answer": ["1"] * rows}))
    before = pa.total_allocated_bytes()

    reasons: Counter[str | None] = Counter()
    for table in read_problems(FileProblems(path=path, on_bad_row="reject")):
        reasons.update(values(table, DROPPED))
        assert pa.total_allocated_bytes() - before < 200 << 20

    assert reasons == {"line_too_long": rows}


def test_a_list_that_names_a_long_text_often_is_never_written_out(tmp_path: Path) -> None:
    texts = named("y" * (1 << 20), 200_001)
    replies = pa.ListArray.from_arrays([0, 200_000, 200_001], texts, type=pa.list_(texts.type))
    path = write(tmp_path, pa.table({"question": ["q?", "r?"], "answer": ["1", "2"], "r": replies}))

    (rows,) = read_traces(FileTraces(path=path, replies=REPLIES, on_bad_row="reject"))

    assert values(rows, DROPPED) == ["line_too_long", None]


def test_bytes_packed_a_thousandfold_are_refused(tmp_path: Path) -> None:
    questions = ["z" * (8 << 20) + str(n) for n in range(10)]
    path = write(tmp_path, pa.table({"question": questions, "answer": ["1"] * 10}), use_dictionary=False)

    with pytest.raises(InputError, match=r"declares 83,88.* bytes .*decompression bomb"):
        list(read_problems(FileProblems(path=path)))


def test_more_values_than_a_list_can_mean_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_groups, "MAX_VALUES", 100_000)
    path = write(tmp_path, pa.table({"question": [[True] * 100_001], "answer": ["1"]}))

    with pytest.raises(InputError, match=r"100,001 values .*decompression bomb"):
        list(read_problems(FileProblems(path=path)))


def test_text_that_is_not_utf8_is_found_in_its_row(tmp_path: Path) -> None:
    binary = pa.array([b"fine?", b"\xff\xfe", b"fine too?"])
    text = pa.Array.from_buffers(pa.string(), 3, binary.buffers())
    path = write(tmp_path, pa.table({"question": text, "answer": ["1", "2", "3"]}))

    (rows,) = read_problems(FileProblems(path=path, on_bad_row="reject"))

    assert values(rows, DROPPED) == [None, "bad_utf8", None]


def test_a_type_that_is_not_read_is_refused_by_name(tmp_path: Path) -> None:
    moments = pa.array([1577836800000000001], pa.timestamp("ns"))
    path = write(tmp_path, pa.table({"question": ["q?"], "answer": moments}))

    with pytest.raises(InputError, match=r"column 'answer' is of type timestamp\[ns\]"):
        list(read_problems(FileProblems(path=path)))


def test_columns_that_are_not_named_are_not_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"question": ["q?"], "answer": [2.0], "when": pa.array([1], pa.timestamp("ns"))}))

    (rows,) = read_problems(FileProblems(path=path))

    assert values(rows, QUESTION) == ["q?"]


def test_lists_that_stay_in_dictionaries_keep_their_order(tmp_path: Path) -> None:
    texts = pa.array(["first " * 100_000, "second " * 100_000])
    replies = pa.DictionaryArray.from_arrays(pa.array([0, 1] * 1000, pa.int32()), texts)
    lists = pa.ListArray.from_arrays(pa.array(range(0, 2001, 2), pa.int32()), replies)
    questions = [f"question {n}?" for n in range(1000)]
    path = write(tmp_path, pa.table({"question": questions, "answer": ["1"] * 1000, "r": lists}))

    (rows,) = read_traces(FileTraces(path=path, replies=REPLIES, limit=3))

    assert values(rows, QUESTION) == [question for question in questions[:3] for _ in range(2)]
    assert [reply[:6] for reply in values(rows, REPLY)] == ["first ", "second"] * 3


@pytest.mark.parametrize("cut", [1, 8, 100, 400])
def test_a_truncated_file_is_an_error_that_names_it(tmp_path: Path, cut: int) -> None:
    path = Path(write(tmp_path, pa.table({"question": ["q?"] * 9, "answer": ["1"] * 9})))
    path.write_bytes(path.read_bytes()[:-cut])

    with pytest.raises(InputError, match="damaged Parquet") as told:
        list(read_problems(FileProblems(path=str(path))))

    assert str(told.value).startswith(str(path))


def test_a_damaged_file_is_never_a_traceback(tmp_path: Path) -> None:
    table = pa.table({"question": [f"q{n}?" for n in range(50)], "answer": [str(n) for n in range(50)]})
    path = Path(write(tmp_path, table))
    whole, rng, outcomes = path.read_bytes(), random.Random(7), Counter[str]()

    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(rng.choice((1, 3, 20))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged)
        try:
            list(read_problems(FileProblems(path=str(path), on_bad_row="reject")))
            outcomes["read"] += 1
        except InputError as error:
            assert str(path) in str(error)
            outcomes["refused"] += 1

    assert outcomes.total() == 100
    assert outcomes["refused"] > 50
