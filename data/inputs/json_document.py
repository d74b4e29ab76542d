"""Read a JSON file that holds a list of rows; it is held whole, so its size has a cap."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.inputs.fields import MISSING, find
from data.inputs.json_lines import no_constant
from data.inputs.record import Fault, Origin, Record

MAX_BYTES = 128 << 20
"""A larger file has to be JSON lines, which stream."""


def json_document(path: Path, origin: Origin, where: str | None) -> Iterator[Record]:
    """Yield a record for each item of the list at `where`.

    Raises:
        InputError: the file is no JSON, too large, or holds no list there.
    """
    for number, item in enumerate(_list(path, where), start=1):
        if isinstance(item, dict):
            yield Record(origin, "row", number, item)
        else:
            fault = Fault("wrong_type", None, f"an object is wanted; there is {type(item).__name__}")
            yield Record(origin, "row", number, faults=(fault,))


def _list(path: Path, where: str | None) -> list[Any]:
    document = _load(path)
    rows = document if where is None else find(document, where)
    if isinstance(rows, list):
        return rows
    lists = [key for key, value in document.items() if isinstance(value, list)] if isinstance(document, dict) else []
    hint = f"; lists lie at {lists[:20]}: name one as `where`" if lists else ""
    if where is None:
        raise InputError(f"{path}: a list of rows is wanted; the file is one {type(document).__name__}{hint}")
    there = "nothing" if rows is MISSING else type(rows).__name__
    raise InputError(f"{path}: `where: {where}`: a list of rows is wanted; there is {there}{hint}")


def _load(path: Path) -> Any:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise InputError(f"{path}: {size:,} bytes; a JSON file is read up to {MAX_BYTES:,}: write it as JSON lines")
    try:
        # A byte that is not UTF-8 becomes a lone surrogate, which is told in the row and column it stands in.
        return json.loads(path.read_bytes().decode("utf-8-sig", "surrogateescape"), parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {str(error)[:200]}") from error
