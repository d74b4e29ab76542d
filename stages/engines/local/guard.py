"""A small process that ends an engine's processes once their owner is gone, however it went.

vLLM's processes outlive an owner that was killed and keep their memory. This file is run as a script with a mark:
it waits until its input ends, which the death of the owner brings about, and kills what bears the mark.
"""

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil

MARK = "VARICOT_ENGINE"
"""Environment variable that the processes of one engine share."""

ROUNDS = 50
"""A process being born while others are killed is met in a later round."""


class Guard:
    """Watches over the processes that are started with `variables` in their environment."""

    def __init__(self) -> None:
        mark = uuid.uuid4().hex
        self.variables = {MARK: mark}
        # A session of its own: Ctrl-C must not end it before what it guards.
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__)), mark], stdin=subprocess.PIPE, start_new_session=True
        )

    def release(self) -> None:
        """Kill what is left of the guarded processes."""
        self._process.communicate()


def main(mark: str) -> None:
    """Wait for the end of the input, then kill every process that bears `mark`."""
    sys.stdin.buffer.read()
    for _ in range(ROUNDS):
        left = list(_marked(mark))
        if not left:
            return
        for process in left:
            process.kill()
        time.sleep(0.1)


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.Error, OSError):
            continue  # another user's, or gone meanwhile


if __name__ == "__main__":
    main(sys.argv[1])
