"""Run the parts of a step in this process: asyncio, no cluster, no server."""

import asyncio
from itertools import islice

from pipelines.work import Parts, Worker

WINDOW_ROWS = 1024
"""Rows open at once, at least: enough to choose the longest from, few enough to hold in memory."""


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
