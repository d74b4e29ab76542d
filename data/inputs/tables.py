"""Rows in tables of bounded size."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from data.table import from_rows

MAX_ROWS = 2048
MAX_CHARACTERS = 32 << 20


def in_tables(groups: Iterable[Sequence[dict[str, Any]]], fields: Sequence[pa.Field]) -> Iterator[pa.Table]:
    """Yield tables of at most `MAX_ROWS` rows and about `MAX_CHARACTERS` of text.

    Rows of one group stay together, so a group of more rows than that makes a larger table.
    """
    rows: list[dict[str, Any]] = []
    size = 0
    for group in groups:
        length = sum(len(value) for row in group for value in row.values() if isinstance(value, str))
        if rows and (len(rows) + len(group) > MAX_ROWS or size + length > MAX_CHARACTERS):
            yield from_rows(rows, fields)
            rows, size = [], 0
        rows += group
        size += length
    if rows:
        yield from_rows(rows, fields)
