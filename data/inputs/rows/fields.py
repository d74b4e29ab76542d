"""Read a column of a row, however deep, and check that it is what it must be."""

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from data.inputs.record import BadRow, Fault, Record
from data.inputs.rows.paths import MISSING, find, follow
from data.inputs.rows.turns import joined_parts, role_of

MAX_ROW_BYTES = 16 << 20
"""A row or a text longer than this is refused: no reply of a model is."""


def optional(record: Record, column: str | None) -> Any:
    """Return what lies in a column that may be null; None where no column is named.

    Raises:
        BadRow: the column is not there.
    """
    if column is None:
        return None
    value = find(record.values, column)
    if value is MISSING and not may_lack(record.values, column):
        raise BadRow(_absent(record, column, "missing_column"))
    return None if value is MISSING or is_null(value) else joined_parts(value)


def may_lack(values: Mapping[str, Any], column: str) -> bool:
    """Tell whether what lies at a path may be absent in a row: not every chat has the turn that is named."""
    place, selector, _ = column.partition("[")
    return bool(selector) and isinstance(find(values, place), list)


def required(record: Record, column: str, what: str, role: str | None = None) -> Any:
    """Return what lies in a column that must hold something; where it is a turn's, a turn of `role`.

    Raises:
        BadRow: `missing_<what>`, the column being absent or null; `wrong_role`.
    """
    value, turns = follow(record.values, column)
    if value is MISSING:
        raise BadRow(_absent(record, column, f"missing_{what}"))
    if is_null(value):
        raise BadRow(Fault(f"missing_{what}", column, f"the {what} is null"))
    if role and (others := [said for turn in turns if (said := role_of(turn)) in SPEAKERS and said != role]):
        raise BadRow(
            Fault(
                "wrong_role",
                column,
                f"the {what} would be taken from a turn of {_list(others)}; name the turn by who speaks, "
                f"such as `{_by_role(column, role)}`",
            )
        )
    return joined_parts(value)


SPEAKERS = ("user", "assistant", "system", "tool")
"""Who can be told to speak in the wrong place; other names are of the source's own and are let be."""


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
    place, selector, _ = column.partition("[")
    within = find(record.values, place) if selector and place else MISSING
    if isinstance(within, list):
        roles = _list([str(role_of(turn)) for turn in within if isinstance(turn, Mapping)]) or "no turns"
        return Fault(reason, column, f"nothing lies there; in {place!r} there are: {roles}")
    there = ", ".join(reprlib.repr(name) for name in list(record.values)[:30])
    return Fault(reason, column, f"there is no such column; there are {there}")


def _by_role(column: str, role: str) -> str:
    """Return the path with its turn named by role: `messages.0.content` as `messages[role=user].content`."""
    parts = column.replace("[", ".[").split(".")
    tail = parts[-1]
    chat = ".".join(part for part in parts[:-1] if not part.startswith("[") and not part.lstrip("-").isdecimal())
    return f"{chat}[role={role}].{tail}" if chat else f"messages[role={role}].content"


def _list(names: list[str]) -> str:
    return ", ".join(dict.fromkeys(names))
