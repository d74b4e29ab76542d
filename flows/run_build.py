"""Build a dataset at the command line: progress, signals, what to say when it was stopped."""

from dataclasses import dataclass
from pathlib import Path

from flows.event_log import EventLog
from flows.made import Made
from flows.progress_view import shown
from flows.signals import CTRL_C, INTERRUPTED, SIGTERM, signals_ask
from flows.telling import Telling
from flows.terminal import ERR
from pipelines.build import build, read_order
from pipelines.make import BuildStopped
from pipelines.stop import Stop

FINE = 0


@dataclass(frozen=True)
class Ended:
    """How a build ended."""

    whole: bool
    """Whether there is a dataset now; a build that was stopped has none yet."""
    code: int
    """The exit code."""


def run_build(path: Path) -> Ended:
    """Build, or go on with, the dataset of a run file.

    Raises:
        VaricotError: something a person can mend.
    """
    order = read_order(path)
    stop = Stop()
    log = Made(order).log
    telling = Telling(log, ERR.say)
    grace = order.run.grace_seconds
    log.tell("started", run_file=str(path), steps=[step.folder for step in order.plan.steps])
    try:
        with shown(telling, ERR, stop, grace), signals_ask(stop, lambda: telling.drains, grace):
            published = build(order, stop, telling)
    except (BuildStopped, KeyboardInterrupt):
        return _stopped(log, telling, stop, path)
    except SystemExit:  # while Ray starts it has a SIGTERM handler of its own, which exits
        stop.ask(SIGTERM)
        return _stopped(log, telling, stop, path)
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent=telling.spent)
        raise
    log.tell("built", dataset=published.folder.name, spent=telling.spent)
    return Ended(whole=True, code=FINE)


def _stopped(log: EventLog, telling: Telling, stop: Stop, path: Path) -> Ended:
    log.tell("stopped", reason=stop.reason, spent=telling.spent)
    ERR.print(
        f"Stopped by {stop.reason}. Every finished reply and part is safe on disk and will not be asked again.\n"
        f"To go on: python -m flows resume {path}"
    )
    return Ended(whole=False, code=INTERRUPTED if stop.reason == CTRL_C else FINE)
