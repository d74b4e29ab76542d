"""Run the parts of a step in this process: asyncio, no cluster, no server."""

import asyncio
from itertools import islice

from pipelines.execute.worker import Parts, Worker
from stages.engines.engine import Running
from stages.engines.every import AnyEngine

WINDOW_ROWS = 1024
"""Rows open at once, at least: enough to choose the longest from, few enough to hold in memory."""


class Here:
    """One event loop for all steps of a run, and the engine of the last one, kept for the next that asks the same."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._kept: tuple[AnyEngine, Running] | None = None

    def run(self, worker: Worker, parts: Parts, block: int) -> None:
        """Work off the parts of a step; an engine that fails is not kept."""
        try:
            self._runner.run(run_here(worker, parts, block))
        except BaseException:
            self.close()
            self._runner = asyncio.Runner()
            raise

    async def start(self, engine: AnyEngine) -> Running:
        """Return the running engine of this very configuration, started unless the last step left it."""
        if self._kept is None or self._kept[0] != engine:
            await self._let_go()
            self._kept = (engine, await engine.start())
        return self._kept[1]

    async def _let_go(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            await kept[1].close()

    def close(self) -> None:
        """Stop the engine and end the loop."""
        self._runner.run(self._let_go())
        self._runner.close()


async def run_here(worker: Worker, parts: Parts, block: int) -> None:
    """Work off the parts (of `block` problems each), several open at once."""
    await worker.open()
    waiting = iter(parts.missing)
    open_now: dict[asyncio.Task[bool], int] = {}
    try:
        while True:
            for part in islice(waiting, max(0, window(worker.slots.size, block) - len(open_now))):
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
        await worker.close()


def window(concurrency: int, block: int) -> int:
    """Return how many parts are open at once."""
    return max(2, -(-max(WINDOW_ROWS, 4 * concurrency) // block))
