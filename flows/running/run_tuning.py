"""Train a model at the command line: progress, signals, and how to go on."""

from pathlib import Path
from typing import Any

from flows.running.event_log import EventLog
from flows.running.foreground import Ended, Foreground
from flows.running.signals import signals_ask
from flows.running.step_lines import StepLines
from flows.terminal import ERR
from pipelines.stop import Stop
from pipelines.tuning.run_file import Tuning
from pipelines.tuning.tune import tune

SAFE = "Every checkpoint is safe on disk."
GRACE_SECONDS = 60.0
"""How long a step and its checkpoint may take after a wish to stop."""


def run_tuning(tuning: Tuning, path: Path) -> Ended:
    """Train, or go on with, what a run file asks for.

    Raises:
        VaricotError: something a person can mend.
    """
    stop, log = Stop(), EventLog(tuning.folder)
    log.tell("started", run_file=str(path), steps=["training"])

    lines = StepLines(ERR.say)

    def work() -> dict[str, Any]:
        with signals_ask(stop, lambda: True, GRACE_SECONDS):
            folder = tune(tuning, stop, lines).folder
        if not lines.told:
            ERR.say("This training was done before; nothing is trained again.")
        return {"trained": str(folder)}

    return Foreground(log, stop, dict, SAFE, f"python -m flows tune {path}").carry_out(work)
