"""Read CSV: comma-separated, the first record names the columns, every value is text."""

import csv
from collections.abc import Iterator, Sequence

from data.errors import InputError
from data.inputs.files import File
from data.inputs.formats.columns_there import check_columns
from data.inputs.formats.json_lines import capped_lines
from data.inputs.record import BadRow, Fault, Origin, Record
from data.inputs.rows.fields import MAX_ROW_BYTES


def csv_records(file: File, origin: Origin, named: Sequence[str]) -> Iterator[Record]:
    """Yield a record for each row; `number` is the line it begins on. An empty cell is null.

    Raises:
        InputError: the header cannot be read, or lacks a column.
    """
    # The reader's own cap is 128 KiB a field and belongs to the process; a reply may be longer.
    csv.field_size_limit(MAX_ROW_BYTES)
    names: list[str] | None = None
    for number, text in _record_texts(file):
        try:
            cells = _cells(text)
        except BadRow as bad:
            if names is None:
                raise InputError(f"{file.shown}, line {number}: the header cannot be read: {bad}") from bad
            yield Record(origin, "line", number, faults=bad.faults)
            continue
        if names is None:
            names = cells
            check_columns(origin, named, names)
        elif len(cells) != len(names):
            fault = Fault("wrong_length", None, f"{len(cells)} values for {len(names)} columns")
            yield Record(origin, "line", number, faults=(fault,))
        else:
            values = {name: cell or None for name, cell in zip(names, cells, strict=True)}
            yield Record(origin, "line", number, values)


def _record_texts(file: File) -> Iterator[tuple[int, bytes | None]]:
    """Yield each record's bytes and first line; None for one that is too long.

    A record goes on while a quote is open, that is while their count is odd.
    """
    begun, kept, size, is_open, too_long = 0, list[bytes](), 0, False, False
    for number, line in capped_lines(file):
        begun = begun if is_open else number
        too_long = too_long or line is None or size + len(line) > MAX_ROW_BYTES
        if line is not None and not too_long:
            kept.append(line)
            size += len(line)
        is_open ^= line is not None and line.count(b'"') % 2 == 1
        if not is_open:
            if too_long or b"".join(kept).strip():
                yield begun, None if too_long else b"".join(kept)
            kept, size, too_long = [], 0, False
    if is_open:
        yield begun, None if too_long else b"".join(kept)


def _cells(text: bytes | None) -> list[str]:
    if text is None:
        raise BadRow(Fault("line_too_long", None, f"the row is over {MAX_ROW_BYTES:,} bytes, or a quote never closes"))
    try:
        (row,) = csv.reader([text.decode()], strict=True)
    except UnicodeDecodeError as error:
        raise BadRow(Fault("bad_utf8", None, f"byte {error.start + 1:,} of the row is not UTF-8")) from error
    except csv.Error as error:
        lines = text.count(b"\n") + (not text.endswith(b"\n"))
        detail = f"{error}, in {lines:,} lines taken for one row; a quote inside a value is written twice"
        raise BadRow(Fault("not_csv", None, detail)) from error
    return row
