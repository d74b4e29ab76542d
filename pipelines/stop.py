"""A wish to stop: by a signal, by a limit, from another thread or, through a file, from another machine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from data.looks import looked_at


@dataclass
class Stop:
    """Set once, with the reason; looked at between pieces of work."""

    reason: str | None = None
    _set: threading.Event = field(default_factory=threading.Event)

    def ask(self, reason: str) -> None:
        """Wish to stop; the first reason stays."""
        if not self._set.is_set():
            self.reason = reason
            self._set.set()

    @property
    def asked(self) -> bool:
        """Whether somebody wishes to stop."""
        return self._set.is_set()


@dataclass(frozen=True)
class StopFile:
    """The same wish for workers in other processes and on other machines, as a file they all see."""

    path: Path

    def ask(self) -> None:
        """Wish to stop."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()

    def clear(self) -> None:
        """Take the wish back, before a run begins."""
        self.path.unlink(missing_ok=True)

    @property
    def asked(self) -> bool:
        """Whether somebody wishes to stop."""
        return self.path.exists()


RELAY_SECONDS = 0.2
"""How often a wish to stop is looked for."""


@contextmanager
def relayed(stopping: Callable[[], bool], file: StopFile) -> Iterator[None]:
    """Pass a wish to stop on to the file, looked for while the block runs."""
    file.clear()

    def relay() -> None:
        if stopping():
            file.ask()

    try:
        with looked_at(RELAY_SECONDS, relay):
            yield
    finally:
        file.clear()
