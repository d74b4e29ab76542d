"""What workers in other processes and on other machines have cost so far, told through files that all see."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.looks import looked_at
from stages.asking.meter import Meter

TOLD_SECONDS = 1.0
"""How often a worker tells, and how often all of them are added up."""

_COUNTS = ("calls", "replayed", "tokens", "prompt_tokens", "cost", "in_flight")


@dataclass(frozen=True)
class LiveFiles:
    """One small file a worker, overwritten about once a second; only for progress, so nothing is flushed to disk."""

    folder: Path

    async def tell(self, meter: Meter) -> None:
        """Write this process's counts again and again, until cancelled."""
        name = f"{socket.gethostname()}-{os.getpid()}"
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            temporary = self.folder / f".{name}"
            temporary.write_text(json.dumps({count: getattr(meter, count) for count in _COUNTS}), "utf-8")
            temporary.replace(self.folder / f"{name}.json")
            await asyncio.sleep(TOLD_SECONDS)

    def total(self) -> Meter:
        """Return the counts of all workers together."""
        total = Meter()
        for path in self.folder.glob("*.json"):
            told = json.loads(path.read_text("utf-8"))
            for count in _COUNTS:
                setattr(total, count, getattr(total, count) + told[count])
        return total

    def clear(self) -> None:
        """Forget what workers of an earlier step or run have told."""
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def added_up(files: LiveFiles, live: Callable[[Meter], None]) -> Iterator[None]:
    """Hand on the counts of all workers about once a second, and once more at the end of the block."""
    files.clear()
    try:
        with looked_at(TOLD_SECONDS, lambda: live(files.total())):
            yield
    finally:
        live(files.total())
        files.clear()
