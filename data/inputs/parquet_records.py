"""Read Parquet a few rows at a time; no value is written out before its size is known.

A small file can stand for a large table: a text stored once and named a million times, or zeros packed a thousandfold.
So the sizes a file declares are checked first, text stays in its dictionary, and a row's size is reckoned
before it becomes Python values.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.errors import InputError
from data.inputs.arrow_size import bytes_of_rows, readable
from data.inputs.columns_there import check_columns
from data.inputs.fields import MAX_ROW_BYTES
from data.inputs.record import Fault, Origin, Record

BATCH_ROWS = 512
BATCH_BYTES = 64 << 20
MAX_RATIO = 200
"""A column declared to unpack to more than this many times the whole file is refused; text packs about tenfold."""
SMALL_BYTES = 64 << 20
"""Up to this size no ratio is absurd."""
MAX_VALUES = 100_000_000
"""Values in one column of one row group; lists may hold many a row."""


def parquet_records(path: Path, origin: Origin, named: Sequence[str]) -> Iterator[Record]:
    """Yield the rows, with the columns in `named`.

    Raises:
        InputError: the file is damaged, lacks a column, or declares absurd sizes.
    """
    number = 0
    try:
        with _open(path) as file:
            tops = check_columns(origin, named, file.schema_arrow.names)
            _check(path, file, tops)
            for batch in file.iter_batches(_batch_rows(file), columns=tops):
                for record in _records(batch, origin, number):
                    number += 1
                    yield record
    except (pa.ArrowException, OSError) as error:
        told = " ".join(str(error).split())[:300]
        raise InputError(f"{path}: damaged Parquet after row {number:,}: {told}") from error


def _open(path: Path) -> pq.ParquetFile:
    """Open a file so that its text stays in dictionaries and nothing is read ahead."""
    metadata = pq.read_metadata(path)
    schema = metadata.schema
    texts = [schema.column(i).path for i in range(len(schema)) if schema.column(i).physical_type == "BYTE_ARRAY"]
    return pq.ParquetFile(
        path,
        read_dictionary=texts,
        buffer_size=1 << 20,
        pre_buffer=False,
        arrow_extensions_enabled=False,  # type: ignore[call-arg]  # the stubs are older than the library
    )


def _check(path: Path, file: pq.ParquetFile, tops: Sequence[str]) -> None:
    size = path.stat().st_size
    faults = [
        f"{path}: column {name!r} is of type {file.schema_arrow.field(name).type}; text, numbers, truth values, "
        "lists and records of these are read"
        for name in tops
        if not readable(file.schema_arrow.field(name).type)
    ]
    for place in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(place)
        for chunk in (group.column(i) for i in range(group.num_columns)):
            if chunk.path_in_schema.partition(".")[0] not in tops and chunk.path_in_schema not in tops:
                continue
            if chunk.total_uncompressed_size > max(SMALL_BYTES, MAX_RATIO * size) or chunk.num_values > MAX_VALUES:
                faults.append(
                    f"{path}: row group {place + 1}, column {chunk.path_in_schema!r} declares "
                    f"{chunk.total_uncompressed_size:,} bytes and {chunk.num_values:,} values in a file of {size:,} "
                    "bytes; this is refused as a decompression bomb: write it in smaller row groups"
                )
    if faults:
        raise InputError(*faults[:20])


def _batch_rows(file: pq.ParquetFile) -> int:
    """Return how many rows are about `BATCH_BYTES` in the largest row group."""
    groups = (file.metadata.row_group(place) for place in range(file.metadata.num_row_groups))
    largest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=1)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(1.0, largest))))


def _records(batch: pa.RecordBatch, origin: Origin, before: int) -> Iterator[Record]:
    sizes = bytes_of_rows(batch)
    for place in range(batch.num_rows):
        number = before + place + 1
        if sizes[place] > MAX_ROW_BYTES:
            fault = Fault(
                "line_too_long", None, f"the row is {sizes[place]:,} bytes; at most {MAX_ROW_BYTES:,} are read"
            )
            yield Record(origin, "row", number, faults=(fault,))
            continue
        try:
            yield Record(origin, "row", number, _values(batch.slice(place, 1)))
        except UnicodeDecodeError:
            yield Record(origin, "row", number, faults=(Fault("bad_utf8", None, "a text in the row is not UTF-8"),))


def _values(row: pa.RecordBatch) -> dict[str, Any]:
    return dict(row.to_pylist()[0])
