"""Open a Parquet file so that reading it takes bounded memory, whatever the file declares or hides.

A small file can stand for a large table: zeros packed a thousandfold, or a text stored once in a dictionary and named
a million times. So declared sizes are checked, and each row group's dictionaries are looked at, before text is
written out. Where they could grow past `MAX_BYTES`, text stays in its dictionary.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.errors import InputError
from data.inputs.files import File
from data.inputs.formats.arrow_size import readable
from data.inputs.formats.row_count import most_rows, too_many_rows

BATCH_ROWS = 512
BATCH_BYTES = 64 << 20
NAMED_ROWS = 8192
"""Rows of a batch whose text stays in dictionaries: each batch holds the group's dictionaries anew."""
MAX_BYTES = 1 << 30
"""What a batch may take once its text is written out, at the worst."""
MAX_RATIO = 200
"""A column declared to unpack to more than this many times the whole file is refused; text packs about tenfold."""
SMALL_BYTES = 64 << 20
"""Up to this size no ratio is absurd."""
MAX_VALUES = 100_000_000
"""Values in one column of one row group; lists may hold many a row."""


class ParquetGroups:
    """A Parquet file, to be read one row group after another."""

    def __init__(self, file: File) -> None:
        self._file = file
        with file.open_seekable() as opened:
            schema = pq.read_metadata(opened).schema
        columns = [schema.column(place) for place in range(len(schema))]
        texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
        self._plain = _open(file)
        self._named = _open(file, read_dictionary=texts)
        self.names: list[str] = self._plain.schema_arrow.names

    def check(self, tops: Sequence[str]) -> None:
        """Refuse what cannot be read in bounded memory.

        Raises:
            InputError: a column is of a type that is not read, or declares an absurd size.
        """
        schema, size = self._plain.schema_arrow, self._file.size or 0
        faults = [
            f"{self._file.shown}: column {name!r} is of type {schema.field(name).type}; text, numbers, truth values, "
            "lists and records of these are read"
            for name in tops
            if not readable(schema.field(name).type)
        ]
        if (rows := self._plain.metadata.num_rows) > most_rows(size):
            faults.append(too_many_rows(self._file.shown, rows, size))
        for group in range(self._plain.metadata.num_row_groups):
            for chunk in self._chunks(group, tops):
                unpacked, values = chunk.total_uncompressed_size, chunk.num_values
                if unpacked > max(SMALL_BYTES, MAX_RATIO * size) or values > MAX_VALUES:
                    faults.append(
                        f"{self._file.shown}: row group {group + 1}, column {chunk.path_in_schema!r} declares "
                        f"{unpacked:,} bytes and {values:,} values in a file of {size:,} bytes; this is refused as a "
                        "decompression bomb: if it is none, write it in smaller row groups"
                    )
        if faults:
            raise InputError(*faults[:20])

    def batches(self, tops: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield the rows, a few at a time, with these columns.

        Raises:
            InputError: a row group could grow past all bounds.
        """
        for group in range(self._plain.metadata.num_row_groups):
            about = self._plain.metadata.row_group(group)
            row_bytes = max(1, about.total_byte_size // max(1, about.num_rows))
            rows = max(1, min(BATCH_ROWS, BATCH_BYTES // row_bytes))
            if self._worst(group, tops, rows) <= MAX_BYTES:
                yield from self._plain.iter_batches(rows, row_groups=[group], columns=list(tops))
            elif sum(chunk.total_uncompressed_size for chunk in self._chunks(group, tops)) <= MAX_BYTES:
                yield from self._named.iter_batches(NAMED_ROWS, row_groups=[group], columns=list(tops))
            else:
                raise InputError(f"{self._file.shown}: row group {group + 1} is too large; write it in smaller ones")

    def _worst(self, group: int, tops: Sequence[str], rows: int) -> int:
        """Return what text named in dictionaries could take in a batch of so many rows."""
        first = next(self._named.iter_batches(1, row_groups=[group], columns=list(tops)), None)
        if first is None:
            return 0
        longest = max((_longest(column) for column in first.columns), default=0)
        values = [
            chunk.num_values if chunk.num_values != self._plain.metadata.row_group(group).num_rows else rows
            for chunk in self._chunks(group, tops)
        ]
        return longest * sum(values)

    def _chunks(self, group: int, tops: Sequence[str]) -> Iterator[Any]:
        about = self._plain.metadata.row_group(group)
        for chunk in (about.column(place) for place in range(about.num_columns)):
            if chunk.path_in_schema in tops or chunk.path_in_schema.partition(".")[0] in tops:
                yield chunk


def _open(file: File, read_dictionary: Sequence[str] = ()) -> pq.ParquetFile:
    return pq.ParquetFile(
        file.path or file.open_seekable(),
        read_dictionary=list(read_dictionary),
        buffer_size=1 << 20,
        pre_buffer=False,
        page_checksum_verification=True,
        arrow_extensions_enabled=False,  # type: ignore[call-arg]  # the stubs are older than the library
    )


def _longest(array: Any) -> int:
    """Return the longest text in the dictionaries of an array, however deep they lie."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return int(pc.max(pc.binary_length(array.dictionary)).as_py() or 0) if len(array.dictionary) else 0
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _longest(array.values)
    if pa.types.is_struct(kind):
        return max((_longest(field) for field in array.flatten()), default=0)
    return 0
