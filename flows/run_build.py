"""Build a dataset at the command line: progress, signals, what to say at the end."""

from pathlib import Path

from flows.event_log import EventLog
from flows.made import Made
from flows.progress_view import BuildView
from flows.report_view import dataset_lines, method_table, reason_table
from flows.signals import CTRL_C, INTERRUPTED, signals_ask
from flows.terminal import ERR, OUT
from pipelines.build import build, read_order
from pipelines.make import BuildStopped
from pipelines.publish import Published
from pipelines.stop import Stop

FINE = 0


def run_build(path: Path) -> int:
    """Build, or go on with, the dataset of a run file; return the exit code.

    Raises:
        VaricotError: something a person can mend.
    """
    order = read_order(path)
    stop = Stop()
    made = Made(order)
    log = made.log
    view = BuildView(ERR, log, stop, order.run.grace_seconds)
    log.tell("started", run_file=str(path), steps=[step.folder for step in order.plan.steps])
    try:
        with view.shown(), signals_ask(stop, lambda: view.drains):
            published = build(order, stop, view)
    except (BuildStopped, KeyboardInterrupt):
        return _stopped(log, view, stop, path)
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent=view.spent)
        raise
    log.tell("built", dataset=published.folder.name, spent=view.spent)
    _say_built(made, published)
    return FINE


def _stopped(log: EventLog, view: BuildView, stop: Stop, path: Path) -> int:
    log.tell("stopped", reason=stop.reason, spent=view.spent)
    ERR.print(
        f"Stopped by {stop.reason}. Every finished reply and part is safe on disk and will not be asked again.\n"
        f"To go on: python -m flows resume {path}"
    )
    return INTERRUPTED if stop.reason == CTRL_C else FINE


def _say_built(made: Made, published: Published) -> None:
    folder = made.folder
    OUT.print(method_table(folder))
    reasons = reason_table(folder)
    if reasons.row_count:
        OUT.print(reasons)
    for line in dataset_lines(published.folder):
        OUT.print(line, soft_wrap=True)
