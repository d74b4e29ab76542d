"""Find a column of a row, however deep, and check that it is what it must be."""

import math
import reprlib
from collections.abc import Mapping
from typing import Any, Final

from data.inputs.record import BadRow, Fault, Record

MAX_ROW_BYTES = 16 << 20
"""A row or a text longer than this is refused: no reply of a model is."""


class Missing:
    """Stands for a column that is not there, which is not the same as null."""


MISSING: Final = Missing()


def find(value: Any, column: str) -> Any:
    """Return what lies at `column`, or `MISSING`; below a list, a list with what lies there in each item."""
    if isinstance(value, Mapping) and column in value:
        return value[column]
    head, dot, rest = column.partition(".")
    if isinstance(value, Mapping):
        return find(value[head], rest) if dot and head in value else MISSING
    if isinstance(value, list) and head.isdecimal():
        item = value[int(head)] if int(head) < len(value) else MISSING
        return find(item, rest) if dot else item
    if isinstance(value, list):
        return [find(item, column) if isinstance(item, Mapping) else MISSING for item in value]
    return MISSING


def optional(record: Record, column: str | None) -> Any:
    """Return what lies in a column that may be null; None where no column is named.

    Raises:
        BadRow: the column is not there.
    """
    if column is None:
        return None
    value = find(record.values, column)
    if value is MISSING:
        raise BadRow(_absent(record, column, "missing_column"))
    return None if is_null(value) else value


def required(record: Record, column: str, what: str) -> Any:
    """Return what lies in a column that must hold something.

    Raises:
        BadRow: `missing_<what>`, the column being absent or null.
    """
    value = find(record.values, column)
    if value is MISSING:
        raise BadRow(_absent(record, column, f"missing_{what}"))
    if is_null(value):
        raise BadRow(Fault(f"missing_{what}", column, f"the {what} is null"))
    return value


def text_of(value: Any, column: str) -> str:
    """Return `value` if it is text that can be written down.

    Raises:
        BadRow: `wrong_type`, `bad_utf8` or `line_too_long`.
    """
    if not isinstance(value, str):
        raise BadRow(
            Fault("wrong_type", column, f"text is wanted; there is {type(value).__name__} {reprlib.repr(value)}")
        )
    if len(value) > MAX_ROW_BYTES:
        raise BadRow(Fault("line_too_long", column, f"{len(value):,} characters; at most {MAX_ROW_BYTES:,} are read"))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRow(Fault("bad_utf8", column, f"character {error.start:,} is not valid Unicode")) from error
    return value


def is_null(value: Any) -> bool:
    """Tell whether a value stands for nothing; table software writes NaN for it."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _absent(record: Record, column: str, reason: str) -> Fault:
    there = ", ".join(reprlib.repr(name) for name in list(record.values)[:30])
    return Fault(reason, column, f"there is no such column; there are {there}")
