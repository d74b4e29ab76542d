"""Make the steps of a plan in this process: asyncio, no cluster, no server."""

import asyncio
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from pipelines.execute.engines import Engines
from pipelines.execute.site import Site
from pipelines.execute.worker import Parts, Worker
from pipelines.plan.step import Step
from pipelines.train.alone import Alone, Watch
from sft.config import Training

WINDOW_ROWS = 1024
"""Rows open at once, at least: enough to choose the longest from, few enough to hold in memory."""


class Here(Site):
    """One event loop for all steps of a run, and the engines of the last one that asked, kept for the next.

    A process that trains is kept likewise; engines and it are never up together, for each needs the memory.
    """

    def __init__(self, block: int) -> None:
        """`block` is how many problems are in a part."""
        self._block = block
        self._runner = asyncio.Runner()
        self.engines = Engines()
        self._trainer = Alone()

    def work(self, step: Step, parts: Parts) -> None:
        """Work off the parts of a step; where an engine fails, none is kept."""
        if step.resources.engines:
            self._trainer.close()
        try:
            self._runner.run(work_here(Worker(step, parts.assignment, self.engines), parts, self._block))
        except BaseException:
            self.close()
            self._runner = asyncio.Runner()
            raise

    def train(self, training: Training, output: Path, stopping: Callable[[], bool], watch: Watch) -> None:
        self._runner.run(self.engines.close())
        self._trainer.train(training, output, stopping, watch)

    def close(self) -> None:
        self._trainer.close()
        self._runner.run(self.engines.close())
        self._runner.close()


async def work_here(worker: Worker, parts: Parts, block: int) -> None:
    """Work off the parts (of `block` problems each), several open at once."""
    await worker.open()
    waiting = iter(parts.missing)
    open_now: dict[asyncio.Task[bool], int] = {}
    try:
        while True:
            for part in islice(waiting, max(0, window(worker.concurrency, block) - len(open_now))):
                open_now[asyncio.create_task(worker.attempt(part, parts.stopping))] = part
            if not open_now:
                return
            finished, _ = await asyncio.wait(open_now, timeout=1.0, return_when=asyncio.FIRST_COMPLETED)
            for task in finished:
                part = open_now.pop(task)
                if task.result():
                    await asyncio.to_thread(parts.done, part)  # reads the part: requests need not wait
            parts.live(worker.meter)
    finally:
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
        worker.close()


def window(concurrency: int, block: int) -> int:
    """Return how many parts are open at once."""
    return max(2, -(-max(WINDOW_ROWS, 4 * concurrency) // block))
