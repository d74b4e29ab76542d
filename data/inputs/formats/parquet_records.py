"""Read Parquet a few rows at a time; a row's size is reckoned before it becomes Python values."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from data.errors import InputError
from data.inputs.files import File
from data.inputs.formats.arrow_size import Sizes, bytes_of_rows
from data.inputs.formats.columns_there import check_columns
from data.inputs.formats.parquet_groups import BATCH_BYTES, ParquetGroups
from data.inputs.record import Fault, Origin, Record
from data.inputs.rows.fields import MAX_ROW_BYTES


def parquet_records(source: File, origin: Origin, named: Sequence[str]) -> Iterator[Record]:
    """Yield the rows, with the columns in `named`.

    Raises:
        InputError: the file is damaged, lacks a column, or declares absurd sizes.
    """
    number = 0
    try:
        file = ParquetGroups(source)
        tops = check_columns(origin, named, file.names)
        file.check(tops)
        for batch in file.batches(tops):
            for row in _rows(batch):
                number += 1
                yield _record(origin, number, row)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # a name in the schema may be broken, too
        told = " ".join(str(error).split())[:300]
        raise InputError(f"{source.shown}: damaged Parquet, {number:,} rows could be read: {told}") from error


def _record(origin: Origin, number: int, row: dict[str, Any] | Fault) -> Record:
    if isinstance(row, Fault):
        return Record(origin, "row", number, faults=(row,))
    return Record(origin, "row", number, row)


def _rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | Fault]:
    sizes = bytes_of_rows(batch)
    if sizes.sum() <= BATCH_BYTES and sizes.max(initial=0) <= MAX_ROW_BYTES:
        try:
            rows = batch.to_pylist()
        except UnicodeDecodeError:
            rows = None
        if rows is not None:
            yield from rows
            return
    yield from _one_by_one(batch, sizes)


def _one_by_one(batch: pa.RecordBatch, sizes: Sizes) -> Iterator[dict[str, Any] | Fault]:
    for place, size in enumerate(sizes.tolist()):
        if size > MAX_ROW_BYTES:
            yield Fault("line_too_long", None, f"the row is {size:,} bytes; at most {MAX_ROW_BYTES:,} are read")
            continue
        try:
            row = dict(batch.slice(place, 1).to_pylist()[0])
        except UnicodeDecodeError:
            yield Fault("bad_utf8", None, "a text in the row is not UTF-8")
            continue
        yield row
