"""Judge at which compression problems are still solved, at the command line: progress, signals, how to go on."""

from pathlib import Path
from typing import Any

from flows.running.event_log import EventLog
from flows.running.foreground import Ended, Foreground
from flows.running.signals import signals_ask
from flows.running.telling import Telling
from flows.terminal import ERR
from flows.views.progress_view import shown
from pipelines.judging.judge import judge
from pipelines.judging.run_file import Judging
from pipelines.stop import Stop

SAFE = "Every fold and seed that is done is kept, and every checkpoint and reply."
GRACE_SECONDS = 60.0


def run_judge(asked: Judging, path: Path) -> Ended:
    """Judge, or go on with, what a run file asks for.

    Raises:
        VaricotError: something a person can mend.
    """
    stop, log = Stop(), EventLog(asked.folder)
    telling = Telling(log, ERR.say)
    log.tell("started", run_file=str(path), steps=["judgements"])

    def work() -> dict[str, Any]:
        with shown(telling, ERR, stop, GRACE_SECONDS), signals_ask(stop, lambda: True, GRACE_SECONDS):
            return {"judgements": str(judge(asked, stop, telling))}

    return Foreground(log, stop, lambda: telling.spent, SAFE, f"python -m flows judge {path}").carry_out(work)
