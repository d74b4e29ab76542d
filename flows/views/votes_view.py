"""Votes in a table: how many problems got an answer, and how often it was right by how clearly it won."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from flows.terminal import harmless
from flows.wording import share


def vote_tables(methods: Mapping[str, Any]) -> Iterator[Table]:
    """Yield a table for each method that voted."""
    for kind, found in methods.items():
        if found.get("votes"):
            yield _table(kind, found["votes"])


def _table(kind: str, votes: Mapping[str, Any]) -> Table:
    title = f"Votes of {harmless(kind)}: {votes['answered']:,} of {votes['polled']:,} problems answered"
    table = Table(title=title, title_justify="left")
    for name in ("margin", "answered", "with a gold", "right", "precision"):
        table.add_column(name, justify="right")
    for line in votes["by_margin"]:
        figures = [line["margin"], line["answered"], line["judged"], line["correct"]]
        table.add_row(*(f"{figure:,}" for figure in figures), Text(share(line["correct"], line["judged"])))
    table.caption = "margin: votes of the winner less those of the runner-up; no gold is used to choose"
    table.caption_justify = "left"
    return table
