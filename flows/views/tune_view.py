"""What training ended in, as a table on screen."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from data.store import read_json
from flows.terminal import harmless
from flows.wording import counted
from sft.models.trained import RECORD


def tuned(folder: Path) -> Iterator[RenderableType]:
    """Yield the stages of a trained model, what they left out, and where the model is."""
    told = read_json(folder / RECORD)["trained"]
    table = Table(title="Training", title_justify="left")
    for head in ("stage", "rows", "step taken", "loss", "held-out loss"):
        table.add_column(head, justify="left" if head == "stage" else "right")
    for stage in told["stages"]:
        numbers = (f"{stage['rows']:,}", f"{stage['step']:,}", _loss(stage["loss"]), _loss(stage["held_out_loss"]))
        table.add_row(Text(harmless(stage["name"])), *numbers)
    yield table
    if told["dropped"]:
        yield f"Rows left out: {counted(told['dropped'])}"
    yield f"Model: {folder}\nIts card is README.md; measure it with `adapter: {folder}` (docs/measuring.md)"


def _loss(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
