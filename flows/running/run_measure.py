"""Measure models at the command line: progress, signals, the report and the plot."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from data.errors import ArtifactError
from data.store import read_json
from flows.figures.measure_markdown import card_markdown, measure_markdown
from flows.figures.measure_plot import write_plot
from flows.running.event_log import EventLog
from flows.running.foreground import Ended, Foreground
from flows.running.run_build import SAFE
from flows.running.signals import signals_ask
from flows.running.telling import Telling
from flows.terminal import ERR
from flows.views.progress_view import shown
from pipelines.measure.measure import MeasureOrder, measure
from pipelines.stop import Stop
from sft.card import CARD, write_measured

REPORT = "measure.md"
PLOT = "measure.png"


def run_measure(order: MeasureOrder, path: Path) -> Ended:
    """Measure, or go on with, what a run file asks for.

    Raises:
        VaricotError: something a person can mend.
    """
    stop = Stop()
    log = EventLog(order.folder)
    telling = Telling(log, ERR.say)
    grace = order.asked.grace_seconds
    log.tell("started", run_file=str(path), steps=[step.folder for step in order.plan.steps])

    def work() -> dict[str, Any]:
        with shown(telling, ERR, stop, grace), signals_ask(stop, lambda: telling.drains, grace):
            lacking = write_report(measure(order, stop, telling))
        for told in lacking:
            ERR.say(told)
        return {"measured": order.asked.name}

    return Foreground(log, stop, lambda: telling.spent, SAFE, f"python -m flows measure {path}").carry_out(work)


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
