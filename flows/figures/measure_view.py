"""A measurement as tables on screen."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from data.store import read_json
from flows.figures.measure_wording import (
    DIFFERENCES,
    FIGURES,
    Told,
    difference_cells,
    figure_cells,
    pass_cells,
    remarks,
)
from flows.terminal import harmless

ACCURACY = ("problems", "accuracy", "95%", "cut off")
LENGTH = ("CoT mean", "median", "p90", "correct mean", "per correct", "ACU")
SPLIT = DIFFERENCES.index("CoT tokens")
"""Where the differences in accuracy end and those in length begin."""


def measured(path: Path) -> Iterator[RenderableType]:
    """Yield the tables of a measurement, what to know beside them, and where it is."""
    told = read_json(path)
    yield from figure_tables(told)
    passes = list(pass_cells(told))
    if passes:
        yield _table("pass@k, percent", ("model", "mode", "k", "pass@k"), passes)
    if told["comparisons"]:
        yield from difference_tables(told)
    yield from remarks(told)
    yield f"Figures: {path}\nReport and plot beside it; by source and by difficulty: in the report"


def figure_tables(told: Told) -> Iterator[Table]:
    """Yield the accuracy of every model in every mode, then its lengths: together they are wider than a screen."""
    rows = [figure_cells(result["model"], result["mode"], result["all"]) for result in told["results"]]
    yield _table("Accuracy and replies cut off, percent", *_picked(rows, ACCURACY))
    lengths = _table("Reasoning tokens", *_picked(rows, LENGTH))
    lengths.caption = "correct mean: of right replies alone; per correct: tokens spent for a right answer"
    lengths.caption_justify = "left"
    yield lengths


def difference_tables(told: Told) -> Iterator[Table]:
    """Yield every model against the base, in accuracy and in length."""
    base = next(name for name, model in told["models"].items() if model["role"] == "base")
    rows = [difference_cells(found) for found in told["comparisons"]]
    yield _table(f"Accuracy less that of {base}, percent", DIFFERENCES[:SPLIT], [row[:SPLIT] for row in rows])
    lengths = [(*row[:2], *row[SPLIT:]) for row in rows]
    yield _table(f"Reasoning tokens less those of {base}", (*DIFFERENCES[:2], *DIFFERENCES[SPLIT:]), lengths)


def _picked(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return model, mode and the figures with these heads."""
    heads = ("model", "mode", *heads)
    return heads, [[row[FIGURES.index(head)] for head in heads] for row in rows]


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table in which only the names of models may be broken, and heads only between words."""
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        justify: Literal["left", "right"] = "left" if place < 2 else "right"
        table.add_column(head.replace(" ", "\n"), justify=justify, overflow="fold", no_wrap=place > 0)
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    return table
