"""Requests of two kinds that must not be in flight together."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class Turns:
    """Lets any number of one kind in at once; another kind waits until they are out, then has its turn."""

    def __init__(self) -> None:
        self._kind: Hashable = None
        self._inside = 0
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = defaultdict(deque)

    @asynccontextmanager
    async def of(self, kind: Hashable) -> AsyncIterator[None]:
        """Be inside, with others of this kind only."""
        await self._enter(kind)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, kind: Hashable) -> None:
        if self._inside == 0 or (self._kind == kind and not self._others_wait(kind)):
            self._kind = kind
            self._inside += 1
            return
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[kind].append(admitted)
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._leave()
            raise

    def _others_wait(self, kind: Hashable) -> bool:
        return any(not future.done() for other, queue in self._waiting.items() if other != kind for future in queue)

    def _leave(self) -> None:
        self._inside -= 1
        if self._inside == 0:
            self._admit()

    def _admit(self) -> None:
        """Let in all that wait of the kind whose first has waited longest, other kinds than the last before it."""
        for kind in sorted(self._waiting, key=lambda kind: kind == self._kind):
            queue = [future for future in self._waiting.pop(kind) if not future.done()]
            if queue:
                self._kind, self._inside = kind, len(queue)
                for future in queue:
                    future.set_result(None)
                return
