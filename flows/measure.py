"""Measure models at the command line: progress, signals, the report and the plot."""

from pathlib import Path

from data.store import read_json
from flows.event_log import EventLog
from flows.measure_markdown import measure_markdown
from flows.measure_plot import write_plot
from flows.progress_view import shown
from flows.run_build import FINE, Ended
from flows.signals import CTRL_C, INTERRUPTED, SIGTERM, signals_ask
from flows.telling import Telling
from flows.terminal import ERR
from pipelines.make import BuildStopped
from pipelines.measure.measure import MeasureOrder, measure
from pipelines.stop import Stop

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
    try:
        with shown(telling, ERR, stop, grace), signals_ask(stop, lambda: telling.drains, grace):
            write_report(measure(order, stop, telling))
    except (BuildStopped, KeyboardInterrupt):
        return _stopped(log, telling, stop, path)
    except SystemExit:  # while Ray starts it has a SIGTERM handler of its own, which exits
        stop.ask(SIGTERM)
        return _stopped(log, telling, stop, path)
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent=telling.spent)
        raise
    log.tell("built", measured=order.asked.name, spent=telling.spent)
    return Ended(whole=True, code=FINE)


def write_report(measured: Path) -> None:
    """Write the Markdown report and the plots of a measurement beside its figures."""
    told = read_json(measured)
    plots = write_plot(told, measured.with_name(PLOT))
    measured.with_name(REPORT).write_text(measure_markdown(told, [plot.name for plot in plots]), "utf-8")


def _stopped(log: EventLog, telling: Telling, stop: Stop, path: Path) -> Ended:
    log.tell("stopped", reason=stop.reason, spent=telling.spent)
    ERR.print(
        f"Stopped by {stop.reason}. Every finished reply and part is safe on disk and will not be asked again.\n"
        f"To go on: python -m flows measure {path}"
    )
    return Ended(whole=False, code=INTERRUPTED if stop.reason == CTRL_C else FINE)
