"""Train in a process of its own, so that its memory is free again when it ends, and that of engines before it begins.

The child is told what to train, one after another, in one line, and that line's pipe stays open: when it closes, the
child writes a checkpoint and stops, or ends at once if its parent is gone. What it measures, and how it ended, are
lines on a pipe of its own.
"""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from pydantic import TypeAdapter

import data.errors
from data.errors import TrainingError, VaricotError
from data.spec import parse
from sft.config import Training
from sft.trained import TrainingStopped

LOG = "train.log"
"""In the folder of the first training: what its libraries print."""
LOOK_SECONDS = 0.2
ROOT = Path(__file__).parents[2]
SHOWN = 400
"""Characters of the log that are told when the child dies without a word."""


Job = tuple[Training, Path]
"""A training, and the folder that it trains into or goes on in."""

Watch = Callable[[Mapping[str, Any]], None]
"""Is told each line of the metrics soon after it is written."""


def train_alone(jobs: Sequence[Job], stopping: Callable[[], bool], watch: Watch) -> None:
    """Train one after another in one process, each into its folder, or go on where they were left.

    Raises:
        TrainingStopped: `stopping` said so; the same call goes on.
        VaricotError: the training's own fault, or a TrainingError where its process died.
    """
    if not jobs:
        return
    _, output = jobs[0]
    output.mkdir(parents=True, exist_ok=True)
    ours, theirs = os.pipe()
    log = output / LOG
    with os.fdopen(ours, "rb") as answer, log.open("wb") as printed:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipelines.train.alone", str(theirs)],
            stdin=subprocess.PIPE,
            stdout=printed,
            stderr=printed,
            pass_fds=(theirs,),
            # Paths of a run file begin where we are, and what is imported lies in the project.
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
            start_new_session=True,
        )
        os.close(theirs)
        try:
            _tell(child, jobs)
            ended = _listen(child, answer, stopping, watch)
        finally:
            child.kill()
            child.wait()
            if child.stdin is not None:
                child.stdin.close()
    _raise(ended, child.returncode, log)


def _tell(child: subprocess.Popen[bytes], jobs: Sequence[Job]) -> None:
    assert child.stdin is not None
    written = TypeAdapter(Training)
    told = [{"training": written.dump_python(one, mode="json"), "output": str(output)} for one, output in jobs]
    child.stdin.write(json.dumps(told).encode() + b"\n")
    child.stdin.flush()


def _listen(
    child: subprocess.Popen[bytes], answer: IO[bytes], stopping: Callable[[], bool], watch: Watch
) -> dict[str, Any]:
    """Hand on what the child tells, until it tells how it ended, or ends without a word."""
    assert child.stdin is not None
    unread = b""
    while True:
        if stopping() and not child.stdin.closed:
            child.stdin.close()
        if not select.select([answer], [], [], LOOK_SECONDS)[0]:
            continue
        more = os.read(answer.fileno(), 1 << 16)
        if not more:
            child.wait()
            return {"ended": "died"}
        *whole, unread = (unread + more).split(b"\n")
        for told in map(json.loads, whole):
            if "ended" in told:
                child.wait()
                return dict(told)
            watch(told)


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


def _train(orders: IO[bytes], answer: IO[bytes]) -> dict[str, Any]:
    from sft.train import train  # takes seconds to import, which only this process needs

    jobs = json.loads(orders.readline())
    parent, stop = os.getppid(), threading.Event()

    def look() -> None:
        orders.read()
        if os.getppid() != parent:
            os._exit(1)  # nobody waits for it: whoever goes on with this training must find its folder free
        stop.set()

    threading.Thread(target=look, name="parent", daemon=True).start()
    try:
        for job in jobs:
            training = parse(Training, json.dumps(job["training"]), where="training")
            train(
                training,
                Path(job["output"]),
                watch=lambda line: _write(answer, dict(line)),
                stopping=stop.is_set,
            )
    except TrainingStopped:
        return {"ended": "stopped"}
    except VaricotError as fault:
        return {"ended": "fault", "kind": type(fault).__name__, "faults": list(fault.faults)}
    return {"ended": "done"}


def _write(answer: IO[bytes], told: Mapping[str, Any]) -> None:
    answer.write(json.dumps(told).encode() + b"\n")
    answer.flush()


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[1]), "wb") as pipe:
        _write(pipe, _train(sys.stdin.buffer, pipe))
