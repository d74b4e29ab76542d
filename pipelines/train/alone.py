"""Train in a process of its own, so that its memory is free again when it ends, and that of engines before it begins.

The child is told what to train in a line, and the pipe of these lines stays open: when it closes, the child writes a
checkpoint and stops, or ends at once if its parent is gone. What it measures, and how each training ended, are lines
on a pipe of its own. It stays for the next training, since its libraries take seconds to import.
"""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import IO, Any

from pydantic import TypeAdapter

import data.errors
from data.errors import TrainingError, VaricotError
from data.spec import parse
from pipelines.train.allocator import allocator
from sft.config import Training
from sft.models.trained import TrainingStopped

LOG = "train.log"
"""In the folder of the first training of a process: what its libraries print."""
LOOK_SECONDS = 0.2
ROOT = Path(__file__).parents[2]
SHOWN = 400
"""Characters of the log that are told when the child dies without a word."""


Watch = Callable[[Mapping[str, Any]], None]
"""Is told each line of the metrics soon after it is written."""


class Alone:
    """A process that trains, begun by the first training and kept from one to the next."""

    def __init__(self) -> None:
        self._up = ExitStack()
        self._child: _Child | None = None

    def train(self, training: Training, output: Path, stopping: Callable[[], bool], watch: Watch) -> None:
        """Train into a folder, or go on where that was left.

        Raises:
            TrainingStopped: `stopping` said so; the same call goes on.
            VaricotError: the training's own fault, or a TrainingError where its process died.
        """
        if self._child is None:
            self._child = self._up.enter_context(_child(output / LOG))
        ended, child = {"ended": "left"}, self._child
        try:
            child.tell(training, output)
            ended = child.listen(stopping, watch)
        finally:
            if ended["ended"] != "done" or stopping():
                self.close()  # it has ended too, or is about to
        _raise(ended, child.process.returncode, child.log)

    def close(self) -> None:
        """End the process."""
        self._child = None
        self._up.close()


@dataclass(frozen=True)
class _Child:
    process: subprocess.Popen[bytes]
    answer: IO[bytes]
    log: Path

    def tell(self, training: Training, output: Path) -> None:
        assert self.process.stdin is not None
        written = TypeAdapter(Training).dump_python(training, mode="json")
        with suppress(BrokenPipeError):  # a process that has died since is found out by listening
            self.process.stdin.write(json.dumps({"training": written, "output": str(output)}).encode() + b"\n")
            self.process.stdin.flush()

    def listen(self, stopping: Callable[[], bool], watch: Watch) -> dict[str, Any]:
        """Hand on what the child tells, until it tells how the training ended, or ends without a word."""
        assert self.process.stdin is not None
        unread = b""
        while True:
            if stopping() and not self.process.stdin.closed:
                self.process.stdin.close()
            if not select.select([self.answer], [], [], LOOK_SECONDS)[0]:
                continue
            more = os.read(self.answer.fileno(), 1 << 16)
            if not more:
                self.process.wait()
                return {"ended": "died"}
            *whole, unread = (unread + more).split(b"\n")
            for told in map(json.loads, whole):
                if "ended" in told:
                    return dict(told)
                watch(told)


@contextmanager
def _child(log: Path) -> Iterator[_Child]:
    log.parent.mkdir(parents=True, exist_ok=True)
    ours, theirs = os.pipe()
    with os.fdopen(ours, "rb") as answer, log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipelines.train.alone", str(theirs)],
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            pass_fds=(theirs,),
            # Paths of a run file begin where we are, and what is imported lies in the project.
            env={
                **os.environ,
                **allocator(),
                "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            },
            start_new_session=True,
        )
        os.close(theirs)
        try:
            yield _Child(process, answer, log)
        finally:
            process.kill()
            process.wait()
            with suppress(BrokenPipeError):
                process.stdin.close()  # type: ignore[union-attr]  # it is a pipe


def _raise(told: dict[str, Any], code: int, log: Path) -> None:
    if told["ended"] == "stopped":
        raise TrainingStopped
    if told["ended"] == "fault":
        raise getattr(data.errors, told["kind"])(*told["faults"])
    if told["ended"] == "died":
        last = " ".join(log.read_text("utf-8", "replace").split())[-SHOWN:]
        raise TrainingError(
            f"the process that trains ended with {code}: {last or 'it said nothing'} (all of it is in {log}); the last "
            "checkpoint is kept, and the same command goes on from it"
        )


def _serve(orders: IO[bytes], answer: IO[bytes]) -> None:
    """Train what is ordered until the orders end; stop a training that they end in."""
    from sft.run.train import train  # takes seconds to import, which only this process needs

    parent, stop, waiting = os.getppid(), threading.Event(), Queue[bytes]()

    def look() -> None:
        for order in orders:
            waiting.put(order)
        if os.getppid() != parent:
            os._exit(1)  # nobody waits for it: whoever goes on with this training must find its folder free
        stop.set()
        waiting.put(b"")

    threading.Thread(target=look, name="parent", daemon=True).start()
    while order := waiting.get():
        job = json.loads(order)
        ended: dict[str, Any] = {"ended": "done"}
        try:
            training = parse(Training, json.dumps(job["training"]), where="training")
            train(training, Path(job["output"]), watch=lambda line: _write(answer, dict(line)), stopping=stop.is_set)
        except TrainingStopped:
            ended = {"ended": "stopped"}
        except VaricotError as fault:
            ended = {"ended": "fault", "kind": type(fault).__name__, "faults": list(fault.faults)}
        _write(answer, ended)


def _write(answer: IO[bytes], told: Mapping[str, Any]) -> None:
    answer.write(json.dumps(told).encode() + b"\n")
    answer.flush()


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "wb") as pipe:
        _serve(sys.stdin.buffer, pipe)
