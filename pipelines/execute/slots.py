"""How many requests are in flight, and which waits least: the longest first, so that none is left over at the end."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count


class Slots:
    """At most `size` holders at once; of those waiting, the highest `priority` goes first, then the earliest.

    After `close`, nobody gets a slot any more: who waits goes on waiting, until its task is cancelled.
    """

    def __init__(self, size: int, enough: Callable[[], bool] = lambda: False) -> None:
        """`enough` is looked at whenever a slot is free; while it is true nobody gets one."""
        self._enough = enough
        self._free = size
        self.size = size
        self._closed = False
        self._order = count()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []

    @property
    def held(self) -> int:
        """How many slots are taken."""
        return self.size - self._free

    def close(self) -> None:
        """Give out no slot any more."""
        self._closed = True

    @asynccontextmanager
    async def at(self, priority: float) -> AsyncIterator[None]:
        """Hold a slot, waited for with this priority."""
        await self._take(priority)
        try:
            yield
        finally:
            self._free += 1
            self._hand_on()

    async def _take(self, priority: float) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-priority, next(self._order), turn))
        self._hand_on()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the slot came in the same moment: pass it on
                self._free += 1
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        while self._free and self._waiting and not self._closed and not self._enough():
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
