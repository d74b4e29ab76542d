"""Makes `docs/columns.md` from the declarations: `python -m data.dataset.columns_page`."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from data.columns import (
    DETAIL,
    DROPPED,
    GROUP_STATS,
    MEASURE,
    MESSAGE,
    PROBLEMS,
    SEGMENT,
    STEP,
    TRACES,
    TRAINING,
    VOTES,
)
from data.dataset.digest import describe, type_name

PAGE = Path(__file__).parents[2] / "docs" / "columns.md"

TABLES = {
    "Problems": PROBLEMS,
    "Traces": TRACES[len(PROBLEMS) :],
    "Training rows": TRAINING[len(TRACES) :],
    "Rejected rows": (DROPPED, DETAIL),
}
"""What each kind of row adds to the kind before it; rejected rows add to training rows."""

STRUCTS = {
    "message": MESSAGE,
    "step": STEP,
    "segment": SEGMENT,
    "group_stats": GROUP_STATS,
    "votes": VOTES,
    "measure": MEASURE,
}
"""Types that have a name here, for they are long."""


def columns_page() -> str:
    """Return the page of all columns, their types and meanings."""
    parts = [
        "# Columns",
        "Made from `data/columns.py` by `python -m data.dataset.columns_page`; change it there.",
        "A trace has the columns of its problem and its own; a training row (a row of an emitted dataset) has those of "
        "its trace and its own; a rejected row has those of a training row, null where it never came so far.",
        *(f"## {title}\n\n{_table(fields)}" for title, fields in TABLES.items()),
        "## Types\n\n" + "\n".join(_types()),
    ]
    return "\n\n".join(parts) + "\n"


def _table(fields: tuple[pa.Field, ...]) -> str:
    head = ["| column | type | meaning |", "| --- | --- | --- |"]
    rows = [
        f"| `{column['name']}` | {_short(column['type'])} | {column['meaning']} |"
        for column in describe(pa.schema(list(fields)))
    ]
    return "\n".join(head + rows)


def _short(name: str) -> str:
    for short, struct in STRUCTS.items():
        name = name.replace(type_name(struct), short)
    return f"`{name}`"


def _types() -> Iterator[str]:
    for short, struct in STRUCTS.items():
        yield f"- `{short}`: `{type_name(struct)}`"


if __name__ == "__main__":
    PAGE.write_text(columns_page(), "utf-8")
