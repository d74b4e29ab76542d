"""The report and the plots of a measurement, written beside its figures and into the cards of adapters we trained."""

from collections import defaultdict
from pathlib import Path

from data.errors import ArtifactError
from data.store import read_json
from flows.figures.measure_markdown import card_markdown, measure_markdown
from flows.figures.measure_plot import write_plot
from sft.models.card import CARD, write_measured

REPORT = "measure.md"
PLOT = "measure.png"


def write_report(measured: Path) -> list[str]:
    """Write the report and the plots of a measurement beside its figures, and into the cards of adapters we trained.

    Returns what is to be said of cards that have no place for it; the measurement stands without them.
    """
    told = read_json(measured)
    plots = write_plot(told, measured.with_name(PLOT))
    measured.with_name(REPORT).write_text(measure_markdown(told, [plot.name for plot in plots]), "utf-8")
    asked: dict[Path, list[str]] = defaultdict(list)
    for name, model in told["models"].items():
        if model["adapter"] is not None and (Path(model["adapter"]) / CARD).is_file():
            asked[Path(model["adapter"])].append(name)
    lacking: list[str] = []
    for adapter, names in asked.items():
        try:
            write_measured(adapter, card_markdown(told, names))
        except ArtifactError as error:
            lacking += error.faults
    return lacking
