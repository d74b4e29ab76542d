"""The report and the plots of a measurement, written beside its figures and into the cards of models we made."""

from collections import defaultdict
from pathlib import Path

from data.errors import ArtifactError
from data.store import read_json
from flows.figures.measure_markdown import card_markdown, measure_markdown
from flows.figures.measure_plot import write_plot
from sft.models.card import CARD, write_measured
from sft.models.trained import RECORD

REPORT = "measure.md"
PLOT = "measure.png"


def write_report(measured: Path) -> list[str]:
    """Write the report and the plots of a measurement beside its figures, and into the cards of models we made.

    Returns what is to be said of cards that have no place for it; the measurement stands without them.
    """
    told = read_json(measured)
    plots = write_plot(told, measured.with_name(PLOT))
    measured.with_name(REPORT).write_text(measure_markdown(told, [plot.name for plot in plots]), "utf-8")
    asked: dict[Path, list[str]] = defaultdict(list)
    for name, model in told["models"].items():
        ours = CARD if model["adapter"] else RECORD  # a base that others made has a card, and it is theirs
        folder = model.get("folder", model["adapter"])  # which measurements of before do not say
        if folder is not None and (Path(folder) / ours).is_file():
            asked[Path(folder)].append(name)
    lacking: list[str] = []
    for place, names in asked.items():
        try:
            write_measured(place, card_markdown(told, names))
        except ArtifactError as error:
            lacking += error.faults
    return lacking
