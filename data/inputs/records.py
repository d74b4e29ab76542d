"""Yield the rows of any source, telling files' faults apart from rows'."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from data.errors import InputError
from data.inputs.csv_records import csv_records
from data.inputs.fault_log import FaultLog
from data.inputs.file import FileProblems, FileTraces
from data.inputs.files import file_origin, find_files, refuse_foreign
from data.inputs.hub import HubProblems, HubTraces, hub_origin, hub_records
from data.inputs.json_document import json_document
from data.inputs.json_lines import BOM, json_lines
from data.inputs.parquet_records import parquet_records
from data.inputs.record import Record
from data.spec import digest

Files = FileProblems | FileTraces
SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet", ".csv": "csv"}
HEAD_BYTES = 1 << 16


def records(source: Files | HubProblems | HubTraces, named: Sequence[str], log: FaultLog) -> Iterator[Record]:
    """Yield at most `source.limit` rows, with at least the columns in `named`.

    What is wrong with a whole file goes to `log`, and the next file is read.
    """
    if isinstance(source, HubProblems | HubTraces):
        rows = _logged(hub_records(source, named), hub_origin(source).shown, log)
    else:
        rows = _of_files(source, named, log)
    yield from islice(rows, source.limit)


def origins_digest(source: Files | HubProblems | HubTraces) -> str:
    """Return the digest of all that a source reads: its files' names and bytes, or its revision.

    Raises:
        InputError: a file cannot be read.
    """
    if isinstance(source, HubProblems | HubTraces):
        return digest([hub_origin(source).name])
    origins = []
    for path in find_files(source.path):
        try:
            origins.append(file_origin(path))
        except OSError as error:
            raise InputError(f"{path}: cannot be read: {error}") from error
    return digest([[origin.name, origin.digest] for origin in origins])


def _of_files(source: Files, named: Sequence[str], log: FaultLog) -> Iterator[Record]:
    try:
        paths = find_files(source.path)
    except InputError as error:
        log.add_file(*error.faults)
        return
    for path in paths:
        yield from _logged(_of_file(source, path, named), str(path), log)


def _logged(rows: Iterator[Record], shown: str, log: FaultLog) -> Iterator[Record]:
    """Yield on, with faults of the file as a whole put into the log; a file without a row is one."""
    is_empty = True
    try:
        for record in rows:
            is_empty = False
            yield record
        if is_empty:
            log.add_file(f"{shown}: there is no row in it")
    except InputError as error:
        log.add_file(*error.faults)
    except OSError as error:
        log.add_file(f"{shown}: cannot be read: {error}")


def _of_file(source: Files, path: Path, named: Sequence[str]) -> Iterator[Record]:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    kind = _format(source, path, head)
    origin = file_origin(path)
    if kind == "parquet":
        return parquet_records(path, origin, named)
    refuse_foreign(path, head)
    if kind == "json":
        return json_document(path, origin, source.where)
    if source.where is not None:
        raise InputError(f"{path}: `where` is for JSON files that hold a list; this is {kind}")
    return csv_records(path, origin, named) if kind == "csv" else json_lines(path, origin)


def _format(source: Files, path: Path, head: bytes) -> str:
    if source.format != "auto":
        return source.format
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(SUFFIXES)
        raise InputError(f"{path}: its name does not tell what it is (known: {known}); set `format`")
    return "jsonl" if kind == "json" and source.where is None and _has_object_line(head) else kind


def _has_object_line(head: bytes) -> bool:
    """Tell whether the first line alone is a JSON object: many files named `.json` hold JSON lines."""
    line = head.removeprefix(BOM).lstrip().partition(b"\n")[0].strip()
    return line.startswith(b"{") and line.endswith(b"}")
