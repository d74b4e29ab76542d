"""Shows how the step at work stands: a moving line on a terminal, elsewhere a plain line every few seconds."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from data.looks import looked_at
from flows.running.signals import CTRL_C
from flows.running.tally import Standing
from flows.running.telling import Telling, line
from flows.terminal import Screen
from flows.wording import duration
from pipelines.stop import Stop

LOOK_SECONDS = 0.25
"""How often the moving line, and a wish to stop, are looked at."""

PLAIN_SECONDS = 5.0
"""Time between plain lines."""


@contextmanager
def shown(telling: Telling, screen: Screen, stop: Stop, grace_seconds: float) -> Iterator[None]:
    """Show how the build stands, and that it was asked to stop, while the block runs."""
    told = _Stopping(screen, stop, grace_seconds)
    if not screen.is_terminal:
        with looked_at(LOOK_SECONDS, told.look), lines_every(PLAIN_SECONDS, telling, screen.say):
            yield
        return
    columns = (SpinnerColumn(), BarColumn(bar_width=16), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=screen, transient=True) as bar:
        moving = _Moving(bar)
        with looked_at(LOOK_SECONDS, told.look, lambda: moving.show(telling.standing)):
            yield


@contextmanager
def lines_every(seconds: float, telling: Telling, say: Callable[[str], None]) -> Iterator[None]:
    """Say every so often how the step at work stands, while the block runs."""
    next_line = time.monotonic() + seconds

    def look() -> None:
        nonlocal next_line
        standing = telling.standing
        if standing is not None and time.monotonic() >= next_line:
            next_line = time.monotonic() + seconds
            say(line(standing))

    with looked_at(LOOK_SECONDS, look):
        yield


class _Stopping:
    """Says once that the build was asked to stop; a signal handler cannot print by itself."""

    def __init__(self, screen: Screen, stop: Stop, grace_seconds: float) -> None:
        self._screen, self._stop, self._grace, self._told = screen, stop, grace_seconds, False

    def look(self) -> None:
        if not self._stop.asked or self._told:
            return
        self._told = True
        again = " Ctrl-C again ends at once (also safe)." if self._stop.reason == CTRL_C else ""
        most = duration(self._grace)
        self._screen.say(f"Stopping ({self._stop.reason}): replies in flight may finish, {most} at most.{again}")


class _Moving:
    """A line with a bar that moves, at the bottom of a terminal."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def show(self, standing: Standing | None) -> None:
        if self._task is not None and standing is None:
            self._bar.remove_task(self._task)
            self._task = None
        if standing is None:
            return
        if self._task is None:
            self._task = self._bar.add_task("", total=standing.parts)
        text = line(standing)
        self._bar.update(self._task, total=standing.parts, completed=standing.done, description=text)
