"""Carry out work at the command line: what the log is told, and what is said when somebody stopped it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flows.running.event_log import EventLog
from flows.running.signals import CTRL_C, INTERRUPTED, SIGTERM
from flows.terminal import ERR
from pipelines.execute.executor import BuildStopped
from pipelines.stop import Stop

FINE = 0


@dataclass(frozen=True)
class Ended:
    """How work ended."""

    whole: bool
    """Whether it is done; work that was stopped can be gone on with."""
    code: int
    """The exit code."""


@dataclass(frozen=True)
class Foreground:
    """A piece of work that a person waits for."""

    log: EventLog
    stop: Stop
    spent: Callable[[], Mapping[str, float]]
    """What it has cost so far."""
    safe: str
    """What a stop leaves on disk."""
    again: str
    """The command that goes on with it."""

    def carry_out(self, work: Callable[[], Mapping[str, Any]]) -> Ended:
        """Work, and log how it ended; `work` returns facts for the log.

        Raises:
            VaricotError: something a person can mend.
        """
        try:
            facts = work()
        except (BuildStopped, KeyboardInterrupt):
            return self._stopped()
        except SystemExit:  # while Ray starts it has a SIGTERM handler of its own, which exits
            self.stop.ask(SIGTERM)
            return self._stopped()
        except BaseException as error:
            self.log.tell("failed", error=f"{type(error).__name__}: {error}", spent=self.spent())
            raise
        self.log.tell("built", **facts, spent=self.spent())
        return Ended(whole=True, code=FINE)

    def _stopped(self) -> Ended:
        self.log.tell("stopped", reason=self.stop.reason, spent=self.spent())
        ERR.print(f"Stopped by {self.stop.reason}. {self.safe}\nTo go on: {self.again}")
        return Ended(whole=False, code=INTERRUPTED if self.stop.reason == CTRL_C else FINE)
