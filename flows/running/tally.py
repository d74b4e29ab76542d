"""What a running step has done so far, how fast, and how long it may still take."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from pipelines.execute.counts import Counts
from stages.asking.meter import Meter

WINDOW_SECONDS = 60.0
"""Rates are those of the last minute."""

SETTLED_SECONDS = 3.0
"""Before this a rate says more about the start than about the work."""


@dataclass(frozen=True)
class Standing:
    """A moment of a step."""

    name: str
    parts: int
    done: int
    rows: int
    verdicts: Counter[str]
    rejected: Counter[str]
    calls: int
    replayed: int
    in_flight: int
    tokens: int
    cost: float
    tokens_per_second: float | None
    seconds_left: float | None
    """None while it cannot be told."""


@dataclass
class _Point:
    """How far the step was at a time."""

    at: float
    tokens: float
    replies: int
    parts: int


@dataclass
class Tally:
    """Counts one step; told from the build's thread, looked at from another."""

    name: str
    parts: int
    left: int
    """Parts to do when it began."""

    replies_wanted: float | None = None
    """Replies these parts need, where that is known."""

    clock: Callable[[], float] = time.monotonic
    _done: int = 0
    _counts: Counts = field(default_factory=Counts)
    _meter: Meter | None = None
    _points: deque[_Point] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._note()

    def add(self, counts: Counts) -> None:
        """Count a finished part."""
        with self._lock:
            self._done += 1
            self._counts += counts
            self._note()

    def live(self, meter: Meter) -> None:
        """Take what all parts, open ones included, have cost in this run."""
        with self._lock:
            self._meter = replace(meter)
            self._note()

    def standing(self) -> Standing:
        """Return how things stand now."""
        with self._lock:
            usage, meter = self._counts.usage, self._meter
            return Standing(
                name=self.name,
                parts=self.parts,
                done=self.parts - self.left + self._done,
                rows=self._counts.rows,
                verdicts=+self._counts.verdicts,
                rejected=+self._counts.rejected,
                calls=meter.calls if meter else int(usage["calls"]),
                replayed=meter.replayed if meter else int(usage["replayed"]),
                in_flight=meter.in_flight if meter else 0,
                tokens=meter.tokens if meter else int(usage["tokens"]),
                cost=meter.cost if meter else usage["cost"],
                tokens_per_second=self._tokens_per_second(),
                seconds_left=self._seconds_left(),
            )

    def _note(self) -> None:
        now, meter, usage = self.clock(), self._meter, self._counts.usage
        replies = meter.calls + meter.replayed - meter.in_flight if meter else 0
        tokens = meter.tokens if meter else usage["tokens"]
        self._points.append(_Point(now, tokens, replies, self._done))
        while len(self._points) > 2 and now - self._points[1].at > WINDOW_SECONDS:
            self._points.popleft()

    def _tokens_per_second(self) -> float | None:
        seconds = self.clock() - self._points[0].at
        tokens = self._points[-1].tokens - self._points[0].tokens
        return tokens / seconds if seconds >= SETTLED_SECONDS and tokens > 0 else None

    def _seconds_left(self) -> float | None:
        """Reckon from replies where they are counted as they come, else from parts (two of them at least)."""
        first, last = self._points[0], self._points[-1]
        seconds = self.clock() - first.at
        if self._done == self.left:
            return 0.0
        if seconds < SETTLED_SECONDS:
            return None
        if self._meter is not None and self.replies_wanted is not None and last.replies > first.replies:
            return max(0.0, self.replies_wanted - last.replies) * seconds / (last.replies - first.replies)
        if last.parts - first.parts >= 2:
            return (self.left - self._done) * seconds / (last.parts - first.parts)
        return None
