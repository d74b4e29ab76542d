"""Build a dataset at the command line: progress and signals."""

from pathlib import Path
from typing import Any

from flows.running.foreground import Ended, Foreground
from flows.running.run_store import RunStore
from flows.running.signals import signals_ask
from flows.running.telling import Telling
from flows.terminal import ERR
from flows.views.progress_view import shown
from pipelines.build.build import build, read_order
from pipelines.stop import Stop

SAFE = "Every finished reply and part is safe on disk and will not be asked again."


def run_build(path: Path) -> Ended:
    """Build, or go on with, the dataset of a run file.

    Raises:
        VaricotError: something a person can mend.
    """
    order = read_order(path)
    stop = Stop()
    log = RunStore(order).log
    telling = Telling(log, ERR.say)
    grace = order.run.grace_seconds
    log.tell("started", run_file=str(path), steps=[step.folder for step in order.plan.steps])

    def work() -> dict[str, Any]:
        with shown(telling, ERR, stop, grace), signals_ask(stop, lambda: telling.drains, grace):
            return {"dataset": build(order, stop, telling).folder.name}

    return Foreground(log, stop, lambda: telling.spent, SAFE, f"python -m flows resume {path}").carry_out(work)
