"""Shows a build on the terminal as a moving line, elsewhere as a plain line every few seconds; logs every event."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from flows.event_log import EventLog
from flows.signals import CTRL_C
from flows.tally import Standing, Tally
from flows.terminal import Screen
from flows.wording import counted, duration
from pipelines.counts import Counts
from pipelines.plan import Step
from pipelines.stop import Stop
from stages.ask import Meter
from stages.dialogue import Dialogue
from stages.sample_cots import SampleCoTs

LOOK_SECONDS = 0.25
"""How often the moving line, and a wish to stop, are looked at."""

PLAIN_SECONDS = 5.0
"""Time between plain lines."""


class BuildView:
    """Implements `pipelines.progress.Progress`; use as a context manager around a build."""

    def __init__(self, screen: Screen, log: EventLog, stop: Stop, grace_seconds: float) -> None:
        self._screen, self._log, self._stop, self._grace = screen, log, stop, grace_seconds
        self._tally: Tally | None = None
        self._rows: dict[str, int] = {}
        """Rows of finished steps, by fingerprint."""
        self._spent: dict[str, float] = {"calls": 0, "replayed": 0, "tokens": 0, "cost": 0.0}
        self._over = threading.Event()

    @property
    def drains(self) -> bool:
        """Whether a step is at work that looks at the stop by itself."""
        return self._tally is not None

    @property
    def spent(self) -> dict[str, float]:
        """What this run has cost so far: of the finished steps and of the one at work."""
        total = dict(self._spent)
        if self._tally is not None:
            standing = self._tally.standing()
            for name in total:
                total[name] += getattr(standing, name)
        return total

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show progress while the block runs."""
        thread = threading.Thread(target=self._show, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def reused(self, step: Step, rows: int) -> None:
        """Say that a step was there already."""
        self._rows[step.fingerprint] = rows
        self._log.tell("step_reused", step=step.folder, rows=rows)
        self._say(f"{step.name}: {rows:,} rows, there already")

    def began(self, step: Step, parts: int, left: int) -> None:
        """Say that a step has begun."""
        self._log.tell("step_began", step=step.folder, parts=parts, left=left)
        there = f", {parts - left:,} of {parts:,} parts there already" if left < parts else ""
        self._say(f"{step.name}: begun{there}")
        if step.needs is not None:
            rows = self._rows.get(step.needs.fingerprint)
            share = left / parts if parts else 0.0
            samples = samples_of(step)
            wanted = rows * share * samples if rows is not None and samples is not None else None
            self._tally = Tally(step.name, parts, left, wanted)

    def part(self, step: Step, counts: Counts) -> None:
        """Count a finished part."""
        if self._tally is not None:
            self._tally.add(counts)
        self._log.tell("part", step=step.folder, rows=counts.rows, usage=dict(counts.usage))

    def live(self, step: Step, meter: Meter) -> None:
        """Take what the open parts have cost so far."""
        if self._tally is not None:
            self._tally.live(meter)

    def finished(self, step: Step, counts: Counts, ended_early: str | None) -> None:
        """Say that a step is complete, or which limit ended it."""
        self._spent, self._tally = self.spent, None
        self._rows[step.fingerprint] = counts.rows
        usage = dict(counts.usage)
        self._log.tell("step_finished", step=step.folder, **counts.as_json(), usage=usage, ended_early=ended_early)
        self._say(f"{step.name}: {_summary(counts)}")
        if ended_early is not None:
            self._say(f"{step.name}: ended early by the {ended_early}", style="yellow")

    def _show(self) -> None:
        """Look at the tally until the build is over; runs in a thread of its own."""
        told_stop, next_line = False, time.monotonic() + PLAIN_SECONDS
        with _moving(self._screen) as moving:
            while not self._over.wait(LOOK_SECONDS):
                if self._stop.asked and not told_stop:
                    told_stop = True
                    self._say(self._stopping(), style="yellow")
                standing = self._tally.standing() if self._tally is not None else None
                if self._screen.is_terminal:
                    moving.show(standing)
                elif standing is not None and time.monotonic() >= next_line:
                    next_line = time.monotonic() + PLAIN_SECONDS
                    self._say(line(standing))

    def _say(self, text: str, style: str = "") -> None:
        self._screen.print(text, style=style, soft_wrap=True)

    def _stopping(self) -> str:
        again = " Ctrl-C again ends at once (also safe)." if self._stop.reason == CTRL_C else ""
        return f"Stopping ({self._stop.reason}): replies in flight may finish, {duration(self._grace)} at most.{again}"


def samples_of(step: Step) -> int | None:
    """Return how many replies a row of this step needs; None where that depends on the replies."""
    dialogues = [stage for stage in step.stages if isinstance(stage, Dialogue)]
    if any(not isinstance(stage, SampleCoTs) for stage in dialogues):
        return None
    return sum(prompt.samples for stage in dialogues if isinstance(stage, SampleCoTs) for prompt in stage.prompts)


def line(standing: Standing) -> str:
    """Return how a step stands, in a line."""
    told = [f"{standing.done:,}/{standing.parts:,} parts", f"{standing.rows:,} rows"]
    if standing.verdicts:
        told.append(counted(standing.verdicts))
    elif standing.rejected:
        told.append(f"rejected: {counted(standing.rejected)}")
    if standing.calls or standing.replayed:
        told.append(f"{standing.calls:,} calls ({standing.in_flight:,} in flight), {standing.replayed:,} replayed")
    if standing.tokens_per_second is not None:
        told.append(f"{standing.tokens_per_second:,.0f} tokens/s")
    if standing.cost:
        told.append(f"cost {standing.cost:,.4f}")
    left = duration(standing.seconds_left)
    told.append("time left: unknown yet" if standing.seconds_left is None else f"about {left} left")
    return f"{standing.name}: {'; '.join(told)}"


def _summary(counts: Counts) -> str:
    told = [f"{counts.rows:,} rows"]
    if counts.verdicts:
        told.append(counted(counts.verdicts))
    if counts.rejected:
        told.append(f"rejected: {counted(counts.rejected)}")
    usage: dict[str, Any] = counts.usage
    if usage.get("calls") or usage.get("replayed"):
        told.append(f"{usage['calls']:,} calls, {usage['replayed']:,} replayed, {usage['tokens']:,} tokens")
    return "; ".join(told)


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


@contextmanager
def _moving(screen: Screen) -> Iterator[_Moving]:
    columns = (SpinnerColumn(), BarColumn(bar_width=16), TextColumn("{task.description}", markup=False))
    bar = Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
    with bar:
        yield _Moving(bar)
