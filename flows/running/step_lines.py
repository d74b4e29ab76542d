"""Puts the metrics of a training into a line every few seconds."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from flows.terminal import harmless
from flows.wording import duration

EVERY_SECONDS = 5.0


class StepLines:
    """Says every few seconds how training stands."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._said_at = -EVERY_SECONDS
        self._began: dict[str, tuple[float, int]] = {}
        """By stage: when the first line came, and at which step."""

    @property
    def told(self) -> bool:
        """Whether there was anything to say."""
        return bool(self._began)

    def __call__(self, line: Mapping[str, Any]) -> None:
        now = self._clock()
        began, first = self._began.setdefault(line["stage"], (now, line["step"]))
        if "loss" not in line or (now - self._said_at < EVERY_SECONDS and line["step"] < line["steps"]):
            return
        self._said_at = now
        done = line["step"] - first
        left = (now - began) / done * (line["steps"] - line["step"]) if done else None
        told = f"{harmless(line['stage'])}: step {line['step']:,} of {line['steps']:,}, loss {line['loss']:.4f}"
        self._say(told if left is None else f"{told}, about {duration(left)} left")
