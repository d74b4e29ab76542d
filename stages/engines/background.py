"""Slow, blocking work beside the event loop, that never holds up the end of the process."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_background(work: Callable[[], T]) -> T:
    """Return what `work` returns, done in a thread of its own.

    The loop's own pool would be waited for when the loop ends: Ctrl-C during a start would take as long as the start.
    Interrupts are blocked in the thread, and so in the processes it starts: Ctrl-C reaches all processes of a
    terminal, and an engine must go on answering while the run drains.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(how: Callable[[Any], None], what: Any) -> None:
        if not done.done():
            how(what)

    def run() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        with contextlib.suppress(RuntimeError):  # the loop has ended, nobody waits
            try:
                result = work()
            except Exception as error:
                loop.call_soon_threadsafe(settle, done.set_exception, error)
            else:
                loop.call_soon_threadsafe(settle, done.set_result, result)

    threading.Thread(target=run, name="engine-start", daemon=True).start()
    return await done
