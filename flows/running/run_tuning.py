"""Train a model at the command line: progress, signals, and how to go on."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flows.running.event_log import EventLog
from flows.running.foreground import Ended, Foreground
from flows.running.signals import signals_ask
from flows.terminal import ERR, harmless
from flows.views.progress_view import PLAIN_SECONDS
from flows.wording import duration
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


class StepLines:
    """Says every few seconds how training stands."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._said_at = -PLAIN_SECONDS
        self._began: dict[str, tuple[float, int]] = {}
        """By stage: when the first line came, and at which step."""

    @property
    def told(self) -> bool:
        """Whether there was anything to say."""
        return bool(self._began)

    def __call__(self, line: Mapping[str, Any]) -> None:
        now = self._clock()
        began, first = self._began.setdefault(line["stage"], (now, line["step"]))
        if "loss" not in line or (now - self._said_at < PLAIN_SECONDS and line["step"] < line["steps"]):
            return
        self._said_at = now
        done = line["step"] - first
        left = (now - began) / done * (line["steps"] - line["step"]) if done else None
        told = f"{harmless(line['stage'])}: step {line['step']:,} of {line['steps']:,}, loss {line['loss']:.4f}"
        self._say(told if left is None else f"{told}, about {duration(left)} left")
