"""Files at addresses: the same rows as on this disk, bounds and all, and no secret in what is shown or kept.

Field cases of this kind: huggingface/datasets#5281 and #5012 (s3, a file with no ending), aws/fmeval#338 (blanks in a
folder's name), mosaicml/llm-foundry#275 (remote JSON lines), MakazhanAlpamys/Soup#85 (a missing package named,
credentials from the environment alone), airbytehq/airbyte#14294 (json.zst behind https). The rows are our own.
"""

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import GOLD, QUESTION, SOURCE
from data.errors import InputError
from data.inputs.addresses import is_address
from data.inputs.every import content_digest, read_problems
from data.inputs.file import FileProblems
from data.table import values

ROWS = [{"question": f"What is {n} plus 3?", "answer": str(n + 3)} for n in range(5)]
LINES = b"".join(json.dumps(row).encode() + b"\n" for row in ROWS)


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(ROWS), sink)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


def questions(path: str | tuple[str, ...]) -> list[str]:
    return [question for rows in read_problems(FileProblems(path=path)) for question in values(rows, QUESTION)]


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("/set/p.jsonl", LINES),
        ("/set/p.jsonl.gz", gzip.compress(LINES, mtime=0)),
        ("/set/p.json", json.dumps(ROWS).encode()),
        ("/set/p.parquet", parquet()),
        ("/a folder/p q.jsonl", LINES),
    ],
)
def test_a_file_at_an_address_gives_the_rows_of_one_on_disk(
    memory: fsspec.AbstractFileSystem, place: str, content: bytes
) -> None:
    memory.pipe_file(place, content)

    assert questions(f"memory:/{place}") == [row["question"] for row in ROWS]


def test_a_pattern_is_followed_in_the_order_of_names(memory: fsspec.AbstractFileSystem) -> None:
    lines = LINES.splitlines(keepends=True)
    memory.pipe_file("/set/b.jsonl", b"".join(lines[2:]))
    memory.pipe_file("/set/a.jsonl", b"".join(lines[:2]))
    memory.pipe_file("/set/readme.md", b"no rows")

    assert questions("memory://set/*.jsonl") == [row["question"] for row in ROWS]


def test_the_same_bytes_are_the_same_content_here_and_there(memory: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    memory.pipe_file("/set/p.jsonl", LINES)
    (tmp_path / "p.jsonl").write_bytes(LINES)

    assert content_digest(FileProblems(path="memory://set/p.jsonl")) == content_digest(
        FileProblems(path=str(tmp_path / "p.jsonl"))
    )
    assert questions(f"file://{tmp_path}/p.jsonl") == questions("memory://set/p.jsonl")


def test_changed_bytes_are_other_content(memory: fsspec.AbstractFileSystem) -> None:
    source = FileProblems(path="memory://set/p.jsonl")
    memory.pipe_file("/set/p.jsonl", LINES)
    before = content_digest(source)

    memory.pipe_file("/set/p.jsonl", LINES.replace(b"plus 3", b"plus 4"))

    assert content_digest(source) != before


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("memory://set/none.jsonl", "memory://set/none.jsonl: there is no such file"),
        ("memory://set/*.csv", "no file matches this pattern"),
        ("memory://set", "this is a folder"),
        ("memory://set/empty.jsonl", "the file is empty"),
        ("nostore://bucket/p.jsonl", "Protocol not known: nostore; s3, gs, hf, https"),
        ("reference://p.json", "`reference` is not read"),
        ("https://me:hunter2@host.example/p.jsonl", r"https://...@host.example/p.jsonl: the address holds a secret"),
        ("https://host.example/p.jsonl?X-Amz-Signature=hunter2", r"p.jsonl\?...: the address holds a secret"),
    ],
)
def test_what_is_no_file_is_told_in_one_line_without_secrets(
    memory: fsspec.AbstractFileSystem, address: str, told: str
) -> None:
    memory.pipe_file("/set/empty.jsonl", b"")

    with pytest.raises(InputError, match=told) as raised:
        questions(address)

    assert "hunter2" not in str(raised.value)
    assert len(raised.value.faults) == 1


@pytest.mark.parametrize(("address", "package"), [("s3://bucket/p.jsonl", "s3fs"), ("gs://bucket/p.jsonl", "gcsfs")])
def test_a_missing_package_is_named(address: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.registry import _registry

    monkeypatch.setitem(sys.modules, package, None)
    for protocol in ("s3", "gs"):
        _registry.pop(protocol, None)

    with pytest.raises(InputError, match=f"a package is missing: .*{package}"):
        questions(address)


def test_a_path_on_disk_is_no_address() -> None:
    assert [is_address(path) for path in ("a/b.jsonl", "/a:b.jsonl", "C:x", "s3://b/x", "zip://x::s3://b/y")] == [
        False,
        False,
        False,
        True,
        True,
    ]


class Store(BaseHTTPRequestHandler):
    """Serves files with parts and a checksum, as object stores do; `/weak` has no checksum, `/whole` gives no parts."""

    files: ClassVar = {
        "/p.jsonl.gz": gzip.compress(LINES, mtime=0),
        "/p.parquet": parquet(),
        "/whole/p.parquet": parquet(),
    }
    tag = '"one"'

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def _answer(self, *, with_body: bool) -> None:
        content = self.files.get(self.path.partition("?")[0])
        if content is None:
            self.send_error(404)
            return
        begin, end = 0, len(content)
        asked = self.headers.get("Range")
        if asked and not self.path.startswith("/whole"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last or end) + 1, end)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{len(content)}")
        else:
            self.send_response(200)
        if self.path.startswith("/whole"):
            self.send_header("Accept-Ranges", "none")
        self.send_header("ETag", self.tag)
        self.send_header("Content-Length", str(end - begin))
        self.end_headers()
        if with_body:
            self.wfile.write(content[begin:end])


@pytest.fixture
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["p.jsonl.gz", "p.parquet", "p.jsonl.gz?download=true"])
def test_files_behind_a_web_server_are_read(served: str, name: str) -> None:
    (rows,) = read_problems(FileProblems(path=f"{served}/{name}"))

    assert values(rows, GOLD) == [row["answer"] for row in ROWS]
    assert all(source.startswith(name.partition("?")[0] + "@") for source in values(rows, SOURCE))
    assert "127.0.0.1" not in str(rows.to_pylist())


def test_a_checksum_of_the_server_bears_identity(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FileProblems(path=f"{served}/p.jsonl.gz")
    before = content_digest(source)

    monkeypatch.setattr(Store, "tag", '"two"')

    assert content_digest(source) != before


def test_a_weak_checksum_bears_none_and_the_bytes_do(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FileProblems(path=f"{served}/p.jsonl.gz")
    monkeypatch.setattr(Store, "tag", 'W/"one"')
    before = content_digest(source)

    monkeypatch.setattr(Store, "tag", 'W/"two"')

    assert content_digest(source) == before


def test_a_server_that_gives_no_parts_of_a_parquet_file_is_told(served: str) -> None:
    with pytest.raises(InputError, match="gives no parts of a file, which Parquet needs; download it"):
        questions(f"{served}/whole/p.parquet")


def test_every_fault_of_every_address_is_told_at_once(served: str, memory: fsspec.AbstractFileSystem) -> None:
    with pytest.raises(InputError) as told:
        questions((f"{served}/none.jsonl", "memory://none.jsonl", "/none.jsonl"))

    assert [fault.rpartition(": ")[2] for fault in told.value.faults] == ["there is no such file"] * 3
