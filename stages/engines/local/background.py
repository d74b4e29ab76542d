"""Slow, blocking work beside the event loop, that never holds up the end of the process."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """Return what `work` returns, done in a thread of its own.

    The loop's own pool would be waited for when the loop ends: Ctrl-C during a start would take as long as the start.
    Interrupts are blocked in the thread, and so in the processes it starts: Ctrl-C reaches all processes of a
    terminal, and an engine must go on answering while the run drains.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    results: list[T] = []

    def settle(error: Exception | None) -> None:
        if not done.done():
            done.set_result(None) if error is None else done.set_exception(error)

    def run() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        failure: Exception | None = None
        try:
            results.append(work())
        except Exception as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended, nobody waits
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=run, name="engine-start", daemon=True).start()
    await done
    return results.pop()  # no other reference is kept: what comes back must end when its owner lets go
