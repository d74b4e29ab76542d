"""Runs checks in processes of their own, each check within its time and all within theirs."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.gpu.every import Check
from benchmarks.gpu.outcome import Outcome, Status
from benchmarks.gpu.place import Place

ROOT = Path(__file__).parents[2]
SHOWN = 300
"""Characters of the log that are told of a process that died."""
CPU_PATIENCE = 3
"""A machine without a GPU is given so many times as long for a check."""
LEAST_SECONDS = 5.0
"""With less than that left no check is begun."""


def run_group(checks: Sequence[Check], place: Place, ends: float) -> Iterator[Outcome]:
    """Yield what comes of each check, in their order; whatever happens, each has an outcome.

    Args:
        checks: they share a process, until one of them takes it down.
        place: where.
        ends: when time is up for all, by `time.monotonic`.
    """
    waiting = list(checks)
    while waiting:
        if ends - time.monotonic() < LEAST_SECONDS:
            yield from (Outcome(check.name, "not possible here", "no time was left") for check in waiting)
            return
        for outcome in _one_process(tuple(waiting), place, ends):
            waiting.pop(0)
            yield outcome


def _one_process(checks: Sequence[Check], place: Place, ends: float) -> Iterator[Outcome]:
    """Yield outcomes until all checks are done or one of them has ended the process."""
    log = place.folder / f"{checks[0].name}.log"
    with _child(checks, place, log) as (process, answer):
        lines = _Lines(answer)
        for check in checks:
            began = time.monotonic()
            most = check.seconds * (1 if place.on_gpu else CPU_PATIENCE)
            end = min(began + most, ends)
            begins, result = lines.next(end), lines.next(end)
            if begins is not None and result is not None:
                yield Outcome(**result)
                continue
            seconds = time.monotonic() - began
            yield Outcome(check.name, *_why(process, log, most, seconds), seconds=seconds)
            return


def _why(process: "subprocess.Popen[bytes]", log: Path, most: float, seconds: float) -> tuple[Status, str]:
    """Return status and reason of a check that told nothing."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.5)
    last = " ".join(log.read_text("utf-8", "replace").split())[-SHOWN:] or "it said nothing"
    if process.returncode is not None:
        return "failed", f"its process ended with {process.returncode}: {last}"
    if seconds < most:
        return "not possible here", f"no time was left after {seconds:.0f} s"
    return "failed", f"it was not done after {most:g} s, the most it may take: {last}"


@contextmanager
def _child(checks: Sequence[Check], place: Place, log: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    ours, theirs = os.pipe()
    hidden = {} if place.on_gpu else {"CUDA_VISIBLE_DEVICES": ""}
    arguments = [str(theirs), str(place.folder), place.device, str(place.model)]
    arguments += [f"{check.name}={check.function}" for check in checks]
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.gpu.child", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            pass_fds=(theirs,),
            env={**os.environ, "PYTHONFAULTHANDLER": "1", "HF_HUB_OFFLINE": "1", **hidden},
            start_new_session=True,
        )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # with what it has started: an engine holds its memory
        process.wait()
        os.close(ours)


class _Lines:
    """JSON lines out of a pipe, each waited for until a time."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._unread = b""

    def next(self, end: float) -> dict[str, Any] | None:
        """Return the next line; None where none has come by then, or none can come."""
        while b"\n" not in self._unread:
            left = max(0.0, end - time.monotonic())
            if not select.select([self._pipe], [], [], left)[0]:
                return None
            more = os.read(self._pipe, 1 << 16)
            if not more:
                return None
            self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        return dict(json.loads(line))
