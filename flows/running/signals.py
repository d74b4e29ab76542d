"""Ctrl-C and SIGTERM: a wish to stop, granted within the grace while a model is asked, and at once otherwise."""

import math
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pipelines.stop import Stop

CTRL_C = "Ctrl-C"
SIGTERM = "SIGTERM"
INTERRUPTED = 130
"""Exit code after Ctrl-C."""

_AT_ONCE = "\nEnded at once. Every finished reply and part is safe; the same command goes on from there.\n"
_SHOW_CURSOR = "\x1b[?25h"


MARGIN_SECONDS = 10
"""What may pass after the grace, to write and to put an engine away, before the work is interrupted."""


@contextmanager
def signals_ask(stop: Stop, drains: Callable[[], bool], grace_seconds: float) -> Iterator[None]:
    """Turn the first signal into a wish to stop while the block runs; a Ctrl-C after it ends the process at once.

    Args:
        drains: tells whether the running work looks at `stop` by itself. Reading a source and writing the dataset do
            not: they are interrupted, which is safe at any moment, since both write aside and rename.
        grace_seconds: how long replies in flight may go on; work that has not ended soon after is interrupted.

    Raises:
        KeyboardInterrupt: a signal came while the work did not look at `stop`, or it did not end in time.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.asked:
            if number == signal.SIGINT:
                _end_at_once()
            return
        stop.ask(CTRL_C if number == signal.SIGINT else SIGTERM)
        if not drains():
            raise KeyboardInterrupt
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _interrupt)
        signal.alarm(math.ceil(grace_seconds) + MARGIN_SECONDS)

    before: dict[int, Any] = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        if signal.SIGALRM in before:
            signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end_at_once() -> None:
    # os.write: a handler may have interrupted a print, and buffered streams cannot be entered twice.
    cursor = _SHOW_CURSOR if sys.stderr.isatty() else ""
    os.write(2, (cursor + _AT_ONCE).encode())
    os._exit(INTERRUPTED)
