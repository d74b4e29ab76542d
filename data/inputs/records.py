"""Yield the rows of any source, telling files' faults apart from rows'."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from data.errors import InputError
from data.inputs.fault_log import FaultLog
from data.inputs.file import FileProblems, FileTraces
from data.inputs.files import File, file_origin, find_files, open_plain, refuse_foreign
from data.inputs.formats.compressed import HEAD_BYTES, SUFFIXES
from data.inputs.formats.csv_records import csv_records
from data.inputs.formats.json_document import json_document
from data.inputs.formats.json_lines import BOM, json_lines
from data.inputs.formats.parquet_records import parquet_records
from data.inputs.formats.row_count import most_rows, too_many_rows
from data.inputs.hub import HubProblems, HubTraces, hub_origin, hub_records
from data.inputs.record import BadRow, Record
from data.inputs.rows.fields import MAX_ROW_BYTES
from data.inputs.rows.where import left_out
from data.spec import digest

Files = FileProblems | FileTraces
FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".parquet": "parquet", ".csv": "csv"}


def records(source: Files | HubProblems | HubTraces, named: Sequence[str], log: FaultLog) -> Iterator[Record]:
    """Yield rows with at least the columns in `named`, at most `source.limit` of those that `source.where` chooses.

    What is wrong with a whole file goes to `log`, and the next file is read. A row that is not chosen is yielded, too:
    its `left_out` says why.
    """
    named = [*named, *source.rows_wanted]
    if isinstance(source, HubProblems | HubTraces):
        rows = _logged(hub_records(source, named), hub_origin(source).shown, None, log)
    else:
        rows = _of_files(source, named, log)
    chosen = 0
    for record in rows:
        record = _chosen(record, source)
        yield record
        chosen += record.left_out is None
        if chosen == source.limit:
            return


def origins_digest(source: Files | HubProblems | HubTraces) -> str:
    """Return the digest of all that a source reads: its files' names and bytes, or its revision.

    Raises:
        InputError: a file cannot be read.
    """
    if isinstance(source, HubProblems | HubTraces):
        return digest([hub_origin(source).name])
    origins = []
    for file in find_files(source.path):
        try:
            origins.append(file_origin(file))
        except OSError as error:
            raise InputError(f"{file.shown}: cannot be read: {error}") from error
    return digest([[origin.name, origin.digest] for origin in origins])


def _chosen(record: Record, source: Files | HubProblems | HubTraces) -> Record:
    if record.faults or not source.rows_wanted:
        return record
    try:
        return replace(record, left_out=left_out(record.values, source.rows_wanted))
    except BadRow as bad:
        return replace(record, values={}, faults=bad.faults)


def _of_files(source: Files, named: Sequence[str], log: FaultLog) -> Iterator[Record]:
    try:
        files = find_files(source.path)
    except InputError as error:
        log.add_file(*error.faults)
        return
    for file in files:
        yield from _logged(_of_file(source, file, named), file.shown, file.size, log)


def _logged(rows: Iterator[Record], shown: str, size: int | None, log: FaultLog) -> Iterator[Record]:
    """Yield on, with faults of the file as a whole put into the log; a file without a row is one."""
    count = 0
    try:
        for record in rows:
            count += 1
            if size is not None and count > most_rows(size):
                raise InputError(too_many_rows(shown, count, size))
            yield record
        if not count:
            log.add_file(f"{shown}: there is no row in it")
    except InputError as error:
        log.add_file(*error.faults)
    except OSError as error:
        log.add_file(f"{shown}: cannot be read: {error}")


def _of_file(source: Files, file: File, named: Sequence[str]) -> Iterator[Record]:
    with open_plain(file) as reader:
        head = reader.read(HEAD_BYTES)
        kind = _format(source, file)
        if kind == "json" and b"\n" not in head:
            head += reader.readline(MAX_ROW_BYTES)  # a trace may be longer than any head
    origin = file_origin(file)
    if kind == "parquet":
        if _bare(file.name) != file.name.lower():
            raise InputError(f"{file.shown}: Parquet is compressed within; unpack the file first")
        return parquet_records(file, origin, named)
    refuse_foreign(file, head)
    if kind == "json" and source.format == "auto" and source.list_place is None and _has_object_line(head):
        kind = "jsonl"
    if kind == "json":
        return json_document(file, origin, source.list_place)
    if source.list_place is not None:
        raise InputError(f"{file.shown}: `list_at` is for JSON files that hold a list; this is {kind}")
    return csv_records(file, origin, named) if kind == "csv" else json_lines(file, origin)


def _format(source: Files, file: File) -> str:
    if source.format != "auto":
        return source.format
    kind = next((kind for suffix, kind in FORMATS.items() if _bare(file.name).endswith(suffix)), None)
    if kind is None:
        known = ", ".join(FORMATS)
        raise InputError(
            f"{file.shown}: its name does not tell what it is (known: {known}, each also with one of "
            f"{', '.join(SUFFIXES)}); set `format`"
        )
    return kind


def _bare(name: str) -> str:
    """Return a file's name in lower case, without what tells its compression."""
    name = name.lower()
    return next((name.removesuffix(suffix) for suffix in SUFFIXES if name.endswith(suffix)), name)


def _has_object_line(head: bytes) -> bool:
    """Tell whether the first line alone is a JSON object: many files named `.json` hold JSON lines."""
    line = head.removeprefix(BOM).lstrip().partition(b"\n")[0].strip()
    return line.startswith(b"{") and line.endswith(b"}")
