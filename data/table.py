"""Small moves on Arrow tables: read a column, set one, drop rows with a reason, build one from rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.columns import DETAIL, DROPPED

Row = Mapping[str, Any]
"""One row as plain Python values, by column name."""


def values(rows: pa.Table, field: pa.Field) -> list[Any]:
    """Return a column as Python values."""
    return list(rows.column(field.name).to_pylist())


def with_column(rows: pa.Table, field: pa.Field, items: Sequence[Any] | pa.Array) -> pa.Table:
    """Return `rows` with the column set (replaced where it was)."""
    array = items if isinstance(items, pa.Array) else pa.array(items, field.type)
    at = rows.schema.get_field_index(field.name)
    return rows.append_column(field, array) if at < 0 else rows.set_column(at, field, array)


def drop(rows: pa.Table, reasons: Sequence[str | None], details: Sequence[str | None] | None = None) -> pa.Table:
    """Mark rows as dropped for a short, countable reason; `None` keeps a row. The runner moves them out."""
    rows = with_column(rows, DROPPED, reasons)
    return rows if details is None else with_column(rows, DETAIL, details)


def split_dropped(rows: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the rows that stay (without the bookkeeping columns) and the rows that were dropped."""
    if DROPPED.name not in rows.column_names:
        return rows, rows.slice(0, 0)
    gone = pc.is_valid(rows.column(DROPPED.name))
    stay = rows.filter(pc.invert(gone))
    return stay.drop_columns([n for n in (DROPPED.name, DETAIL.name) if n in rows.column_names]), rows.filter(gone)


def from_rows(rows: Iterable[Row], fields: Sequence[pa.Field]) -> pa.Table:
    """Return a table of exactly `fields`; a field a row lacks is null."""
    return pa.Table.from_pylist(list(rows), schema=pa.schema(list(fields)))


def conform(rows: pa.Table, fields: Sequence[pa.Field]) -> pa.Table:
    """Return `rows` with exactly `fields`, in their order; a missing one is null, a further one is left out."""
    for field in fields:
        if field.name not in rows.column_names:
            rows = with_column(rows, field, pa.nulls(rows.num_rows, field.type))
    return rows.select([f.name for f in fields]).cast(pa.schema(list(fields)))
