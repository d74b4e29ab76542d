"""Read a JSON file that holds a list of rows; it is held whole, so its size has a cap."""

import json
from collections.abc import Iterator
from typing import Any

from data.errors import InputError
from data.inputs.files import File, open_plain
from data.inputs.record import Fault, Origin, Record
from data.inputs.rows.embedded import no_constant
from data.inputs.rows.paths import MISSING, find

MAX_BYTES = 128 << 20
"""A larger file has to be JSON lines, which stream."""


def json_document(file: File, origin: Origin, list_at: str | None) -> Iterator[Record]:
    """Yield a record for each item of the list at `list_at`.

    Raises:
        InputError: the file is no JSON, too large, or holds no list there.
    """
    for number, item in enumerate(_list(file, list_at), start=1):
        if isinstance(item, dict):
            yield Record(origin, "row", number, item)
        else:
            fault = Fault("wrong_type", None, f"an object is wanted; there is {type(item).__name__}")
            yield Record(origin, "row", number, faults=(fault,))


def _list(file: File, list_at: str | None) -> list[Any]:
    document = _load(file)
    rows = document if list_at is None else find(document, list_at)
    if isinstance(rows, list):
        return rows
    lists = [key for key, value in document.items() if isinstance(value, list)] if isinstance(document, dict) else []
    hint = f"; lists lie at {lists[:20]}: name one as `list_at`" if lists else ""
    if list_at is None:
        raise InputError(f"{file.shown}: a list of rows is wanted; the file is one {type(document).__name__}{hint}")
    there = "nothing" if rows is MISSING else type(rows).__name__
    raise InputError(f"{file.shown}: `list_at: {list_at}`: a list of rows is wanted; there is {there}{hint}")


def _load(file: File) -> Any:
    with open_plain(file) as reader:
        content = reader.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise InputError(f"{file.shown}: a JSON file is read up to {MAX_BYTES:,} bytes: write it as JSON lines")
    try:
        # A byte that is not UTF-8 becomes a lone surrogate, which is told in the row and column it stands in.
        return json.loads(content.decode("utf-8-sig", "surrogateescape"), parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"{file.shown}: not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file.shown}: not JSON: {str(error)[:200]}") from error
