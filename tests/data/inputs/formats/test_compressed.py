"""Compressed files are read as plain ones, whatever their names say, and bombs are refused in bounded memory.

Field cases of this kind: datajuicer/data-juicer#919 (json.gz, jsonl.gz, json.zst), NVIDIA-NeMo/Curator#145 (json.gz of
RedPajama), huggingface/datasets#2578 and #2572 (jsonl.zst), sbintuitions/flexeval#119 (gz and zst by name),
Eventual-Inc/Daft#4602 (a pattern of json.gz). The rows are our own.
"""

import bz2
import gzip
import json
import lzma
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from data.columns import QUESTION
from data.errors import InputError
from data.inputs.every import content_digest, read_problems
from data.inputs.file import FileProblems
from data.inputs.formats import compressed
from data.table import values

ROWS = [{"question": f"What is {n} plus 2?", "answer": n + 2} for n in range(40)]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


def zstandard(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard,
    "xz": lzma.compress,
    "bz2": bz2.compress,
}
FORMS = {
    "jsonl": LINES,
    "ndjson": LINES,
    "json": json.dumps(ROWS).encode(),
    "csv": b"question,answer\n" + b"".join(f"{row['question']},{row['answer']}\n".encode() for row in ROWS),
}


def questions(path: Path) -> list[str]:
    return [question for rows in read_problems(FileProblems(path=str(path))) for question in values(rows, QUESTION)]


@pytest.mark.parametrize("packing", COMPRESSORS)
@pytest.mark.parametrize("form", FORMS)
def test_every_format_is_read_under_every_compression(tmp_path: Path, form: str, packing: str) -> None:
    path = tmp_path / f"part-0.{form}.{packing}"
    path.write_bytes(COMPRESSORS[packing](FORMS[form]))

    assert questions(path) == [row["question"] for row in ROWS]


@pytest.mark.parametrize("packing", COMPRESSORS)
def test_what_was_packed_in_pieces_is_read_whole(tmp_path: Path, packing: str) -> None:
    # Shards are put together with `cat`, and pigz, pzstd and bgzip write many members a file.
    lines = LINES.splitlines(keepends=True)
    path = tmp_path / f"all.jsonl.{packing}"
    path.write_bytes(b"".join(COMPRESSORS[packing](b"".join(lines[n : n + 13])) for n in range(0, 40, 13)))

    assert len(questions(path)) == 40


@pytest.mark.parametrize("name", ["dolma.json.gz", "lines.json", "plain.jsonl.gz"])
def test_the_first_bytes_tell_what_it_is_and_not_the_name(tmp_path: Path, name: str) -> None:
    content = {"dolma.json.gz": gzip.compress(LINES), "lines.json": zstandard(LINES), "plain.jsonl.gz": LINES}[name]
    (tmp_path / name).write_bytes(content)

    assert len(questions(tmp_path / name)) == 40


def test_a_json_lines_file_named_json_may_begin_with_a_line_longer_than_any_head(tmp_path: Path) -> None:
    row = {"question": "x" * 200_000, "answer": 1}
    (tmp_path / "long.json").write_text(json.dumps(row) + "\n")

    assert [len(question) for question in questions(tmp_path / "long.json")] == [200_000]


def test_a_pattern_takes_compressed_and_plain_shards_in_order(tmp_path: Path) -> None:
    lines = LINES.splitlines(keepends=True)
    (tmp_path / "a-0.jsonl.gz").write_bytes(gzip.compress(b"".join(lines[:20])))
    (tmp_path / "a-1.jsonl").write_bytes(b"".join(lines[20:]))

    assert questions(tmp_path / "a-*.jsonl*") == [row["question"] for row in ROWS]


def test_its_own_bytes_bear_identity(tmp_path: Path) -> None:
    for level in (1, 9):
        (tmp_path / str(level)).mkdir()
        (tmp_path / str(level) / "p.jsonl.gz").write_bytes(gzip.compress(LINES, level, mtime=0))

    one, other = (content_digest(FileProblems(path=str(tmp_path / level / "p.jsonl.gz"))) for level in ("1", "9"))

    assert one != other


@pytest.mark.parametrize("packing", COMPRESSORS)
def test_a_bomb_is_refused_in_bounded_memory(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "SMALL_BYTES", 4 << 20)
    path = tmp_path / f"bomb.jsonl.{packing}"
    path.write_bytes(COMPRESSORS[packing](LINES + b" " * (60 << 20)))
    tracemalloc.start()

    try:
        with pytest.raises(InputError, match=r"unpack to .* refused as a decompression bomb"):
            questions(path)
        assert tracemalloc.get_traced_memory()[1] < 30 << 20
    finally:
        tracemalloc.stop()


def test_a_bomb_of_short_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from data.inputs.formats import row_count

    monkeypatch.setattr(row_count, "SMALL_ROWS", 2000)
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 100_000))

    with pytest.raises(InputError, match=r"2,001 rows in a file of .* bytes; this is refused as a decompression bomb"):
        list(read_problems(FileProblems(path=str(path), on_bad_row="reject")))


def test_an_xz_dictionary_that_would_take_a_gibibyte_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}]
    (tmp_path / "p.jsonl.xz").write_bytes(lzma.compress(LINES, filters=filters))

    with pytest.raises(InputError, match=r"xz data is damaged.*Memory usage limit"):
        questions(tmp_path / "p.jsonl.xz")


@pytest.mark.parametrize("packing", COMPRESSORS)
def test_a_torn_file_is_an_error_that_names_it(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"p.jsonl.{packing}"
    path.write_bytes(COMPRESSORS[packing](LINES)[:-12])

    with pytest.raises(InputError, match=r"data is damaged, [0-9,]+ bytes could be read"):
        questions(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (gzip.compress(b"PK\x03\x04 and more"), "a zip archive"),
        (gzip.compress(b"name\0".ljust(257, b"\0") + b"ustar\0"), "a tar archive"),
        (gzip.compress(gzip.compress(LINES)), "gzip inside of a compressed file"),
    ],
    ids=["zip", "tar", "gzip"],
)
def test_archives_and_files_packed_twice_are_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "p.jsonl.gz").write_bytes(content)

    with pytest.raises(InputError, match=told):
        questions(tmp_path / "p.jsonl.gz")


def test_packed_parquet_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "p.parquet.gz").write_bytes(gzip.compress(b"PAR1"))

    with pytest.raises(InputError, match="Parquet is compressed within; unpack"):
        questions(tmp_path / "p.parquet.gz")
