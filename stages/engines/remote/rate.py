"""A pace that keeps requests and tokens below a number a minute."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

NAP_SECONDS = 0.25
"""What was given back may shorten a wait; only the first in the queue looks, this often."""


class Pace:
    """Lets `per_minute` units a minute through, evenly, first come first served.

    One that asks for more than is free goes ahead at once if nothing is owed, and those behind it wait its debt
    off: in any minute at most `per_minute` and one request pass.
    """

    def __init__(
        self,
        per_minute: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds_each = 60 / per_minute
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()
        self._queue = asyncio.Lock()

    async def take(self, units: float) -> None:
        """Wait for a turn and use `units` up."""
        async with self._queue:
            while (wait := self._free_at - self._clock()) > 0:
                await self._sleep(min(wait, NAP_SECONDS))
            self._free_at = max(self._free_at, self._clock()) + units * self._seconds_each

    def give_back(self, units: float) -> None:
        """Return what was taken and not used."""
        self._free_at -= units * self._seconds_each


class RateLimit:
    """Keeps requests and tokens a minute below what a vendor allows; None for no limit."""

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None) -> None:
        self._requests = Pace(requests_per_minute) if requests_per_minute else None
        self._tokens = Pace(tokens_per_minute) if tokens_per_minute else None

    async def take(self, tokens: float) -> None:
        """Wait for the turn of one request that may come to `tokens`."""
        if self._requests is not None:
            await self._requests.take(1)
        if self._tokens is not None:
            await self._tokens.take(tokens)

    def give_back(self, tokens: float) -> None:
        """Return tokens that were taken and not used."""
        if self._tokens is not None:
            self._tokens.give_back(tokens)
