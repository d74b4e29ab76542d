"""A measurement as tables on screen."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from data.store import read_json
from flows.measure_wording import (
    DIFFERENCES,
    FIGURES,
    Told,
    difference_cells,
    figure_cells,
    pass_cells,
    remarks,
)
from flows.terminal import harmless


def measured(path: Path) -> Iterator[RenderableType]:
    """Yield the tables of a measurement, what to know beside them, and where it is."""
    told = read_json(path)
    yield figure_table(told)
    passes = list(pass_cells(told))
    if passes:
        yield _table("pass@k, percent", ("model", "mode", "k", "pass@k"), passes)
    if told["comparisons"]:
        yield difference_table(told)
    yield from remarks(told)
    yield f"Figures: {path}\nReport and plot beside it; by source and by difficulty: in the report"


def figure_table(told: Told) -> Table:
    """Return accuracy and lengths of every model in every mode."""
    rows = [figure_cells(result["model"], result["mode"], result["all"]) for result in told["results"]]
    table = _table("Accuracy and reasoning tokens", FIGURES, rows)
    table.caption = "accuracy, its 95% interval and replies cut off in percent; per correct: tokens for a right answer"
    table.caption_justify = "left"
    return table


def difference_table(told: Told) -> Table:
    """Return every model against the base."""
    base = next(name for name, model in told["models"].items() if model["role"] == "base")
    return _table(f"Differences from {base}", DIFFERENCES, [difference_cells(found) for found in told["comparisons"]])


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < 2 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    return table
