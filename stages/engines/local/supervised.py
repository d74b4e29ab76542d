"""A model that is started again when it dies or stalls, the request that kills it found and refused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from data.errors import EngineError
from stages.engines.engine import KeepGoing, Reply, Request, RequestFailed, Running

Start = Callable[[], Awaitable[Running]]


class EngineDied(Exception):
    """The model is gone, and every request in flight with it; another one may be started."""


@dataclass(eq=False)
class _Asked:
    """One request on its way, over as many engines as it takes."""

    request: Request
    keep_going: KeepGoing | None
    tokens: int = 0
    """Tokens of the present try."""
    spent: int = 0
    """Tokens of the tries that were lost."""
    suspect: bool = False
    """It was in flight when an engine died."""


class _Life:
    """One start of the engine: from when it answers until it is dead."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.cause: str | None = None
        """Why it is dead; None while it lives."""
        self.heard = False
        """Whether anything moved since the watch looked last."""
        self.in_flight: dict[_Asked, asyncio.Task[Reply]] = {}

    async def ask(self, asked: _Asked) -> Reply:
        """Answer a request.

        Raises:
            EngineDied: this life ended before there was a reply.
        """
        self.heard = True
        asked.tokens = 0
        task = asyncio.ensure_future(self.running.generate(asked.request, self._listen(asked)))
        self.in_flight[asked] = task
        try:
            return await task
        except asyncio.CancelledError:
            if self.cause is None or _is_cancelled_itself():
                raise
            raise EngineDied(self.cause) from None
        finally:
            self.heard = True
            del self.in_flight[asked]

    def _listen(self, asked: _Asked) -> KeepGoing:
        def keep_going(tokens: int) -> bool:
            self.heard = True
            asked.tokens = tokens
            return asked.keep_going is None or asked.keep_going(tokens)

        return keep_going


def _is_cancelled_itself() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Supervised(Running):
    """Restarts the engine at most `max_restarts` times and asks again what was in flight.

    What was in flight when an engine died is suspect, and asked one at a time while everything else waits; the one
    that is alone when the engine dies again is refused (`engine_killed`), the others are cleared by their replies.
    """

    def __init__(
        self,
        start: Start,
        first: Running,
        *,
        max_restarts: int,
        stall_seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.model, self.revision = first.model, first.revision
        self.identity, self.settings = first.identity, first.settings
        self.restarts = 0
        self._start = start
        self._life = _Life(first)
        self._max_restarts = max_restarts
        self._stall_seconds = stall_seconds
        self._sleep = sleep
        self._suspects = 0
        self._cleared = asyncio.Event()
        self._cleared.set()
        self._alone = asyncio.Lock()
        self._restarting = asyncio.Lock()
        self._watch = asyncio.ensure_future(self._watching())

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        asked = _Asked(request, keep_going)
        try:
            reply = await self._among_others(asked)
        except EngineDied:
            reply = await self._by_itself(asked)
        finally:
            self._clear(asked)
        spent = asked.spent + (reply.spent_tokens or reply.tokens)
        return replace(reply, spent_tokens=spent)

    async def close(self) -> None:
        self._watch.cancel()
        await self._life.running.close()

    async def _among_others(self, asked: _Asked) -> Reply:
        while self._suspects or self._life.cause is not None:
            await self._cleared.wait()
            await self._revive()
        return await self._try(self._life, asked)

    async def _by_itself(self, asked: _Asked) -> Reply:
        async with self._alone:
            await self._revive()
            try:
                return await self._try(self._life, asked)
            except EngineDied as death:
                raise RequestFailed("engine_killed", f"alone with it, the engine died: {death}") from death

    async def _try(self, life: _Life, asked: _Asked) -> Reply:
        try:
            return await life.ask(asked)
        except EngineDied as death:
            asked.spent += asked.tokens
            self._bury(life, str(death), asked)
            raise

    def _bury(self, life: _Life, cause: str, *more: _Asked) -> None:
        """Declare a life ended: all that was in flight is suspect, and its tries are given up."""
        for asked in (*more, *life.in_flight):
            if not asked.suspect:
                asked.suspect = True
                self._suspects += 1
                self._cleared.clear()
        if life.cause is None:
            life.cause = cause
            for task in life.in_flight.values():
                task.cancel()

    def _clear(self, asked: _Asked) -> None:
        if asked.suspect:
            asked.suspect = False
            self._suspects -= 1
            if self._suspects == 0:
                self._cleared.set()

    async def _revive(self) -> None:
        """Have a living engine, started anew if need be.

        Raises:
            EngineError: it has died more often than it may.
        """
        async with self._restarting:
            if self._life.cause is None:
                return
            if self.restarts >= self._max_restarts:
                raise EngineError(
                    f"{self.model}: the engine died again after {self.restarts} restarts, the most allowed "
                    f"(`max_restarts`); the last cause: {self._life.cause}"
                )
            self.restarts += 1
            await self._life.running.close()
            self._life = _Life(await self._start())

    async def _watching(self) -> None:
        """Declare a life ended that had requests in flight and gave no token between two looks."""
        while True:
            self._life.heard = False
            await self._sleep(self._stall_seconds)
            life = self._life
            if life.in_flight and not life.heard and life.cause is None:
                self._bury(life, f"no token for {self._stall_seconds:g} seconds")
