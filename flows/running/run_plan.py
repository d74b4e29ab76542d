"""Carry out a plan at the command line: progress, signals, the log, and how to go on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.running.event_log import EventLog
from flows.running.foreground import Ended, Foreground
from flows.running.signals import signals_ask
from flows.running.telling import Telling
from flows.terminal import ERR
from flows.views.progress_view import shown
from pipelines.execute.execution import Execution
from pipelines.plan.step import Step
from pipelines.stop import Stop

SAFE = "Every finished reply and part is safe on disk and will not be asked again."


@dataclass(frozen=True)
class Command:
    """A command that carries out the plan of a run file."""

    path: Path
    again: str
    """The command that goes on with it."""
    run: Execution
    steps: Sequence[Step]


def run_plan(command: Command, work: Callable[[Stop, Telling], Mapping[str, Any]]) -> Ended:
    """Work, or go on with it; `work` returns facts for the log.

    Raises:
        VaricotError: something a person can mend.
    """
    run, stop = command.run, Stop()
    log = EventLog(run.folder)
    telling = Telling(log, ERR.say)
    log.tell("started", run_file=str(command.path), steps=[step.folder for step in command.steps])

    def watched() -> Mapping[str, Any]:
        drains = signals_ask(stop, lambda: telling.drains, run.grace_seconds)
        with shown(telling, ERR, stop, run.grace_seconds), drains:
            return work(stop, telling)

    again = f"python -m flows {command.again} {command.path}"
    return Foreground(log, stop, lambda: telling.spent, SAFE, again).carry_out(watched)
