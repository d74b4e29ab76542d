"""When a failed try is made again, and when to give up: one request, or the whole server."""

import random
from collections.abc import Callable
from time import monotonic
from typing import Annotated

from pydantic import Field

from data.errors import EngineError
from data.spec import Positive, spec

Seconds = Annotated[float, Field(gt=0)]
RETRY_AFTER_SPREAD = 0.1
"""Share by which a wait that the server asked for is drawn out, so that not all come back in the same instant."""


@spec
class Retry:
    """How often and how soon a failed try is made again."""

    max_tries: Positive = 8
    """A request fails for good after this many."""
    backoff_seconds: Seconds = 0.5
    """Longest wait before the second try; doubles with every further one. Half to all of it is waited."""
    max_backoff_seconds: Seconds = 30.0
    give_up_requests: Positive = 20
    """The server is given up after this many requests in a row failed for good."""
    give_up_seconds: Seconds = 600.0
    """The server is given up when tries have failed for this long and not one token came."""


def wait_seconds(retry: Retry, failed: int, asked: float | None, name: str) -> float:
    """Return the seconds to wait after `failed` tries, at least those `asked` for by the server.

    The jitter is drawn from `name` and the number of tries: requests spread out, a run repeats itself.
    """
    drawn = random.Random(f"{name}:{failed}").random()
    if asked is not None:
        return asked * (1 + RETRY_AFTER_SPREAD * drawn)
    longest = min(retry.max_backoff_seconds, retry.backoff_seconds * 2.0 ** min(failed - 1, 64))
    return longest * (1 + drawn) / 2


class Patience:
    """Gives a server up for good when nothing but failures come from it.

    Only what the server does wrong counts; a request it rightly refuses says nothing about it.
    """

    def __init__(self, retry: Retry, where: str, clock: Callable[[], float] = monotonic) -> None:
        self._retry = retry
        self._where = where
        self._clock = clock
        self._failed_requests = 0
        self._failing_since: float | None = None
        self._end: str | None = None

    def check(self) -> None:
        """Return while the server is worth asking.

        Raises:
            EngineError: it was given up, now or before.
        """
        if self._end is not None:
            raise EngineError(self._end)

    def give_up(self, why: str) -> EngineError:
        """Return the error that ends the engine; every later `check` raises it too."""
        self._end = self._end or why
        return EngineError(self._end)

    def token_came(self) -> None:
        """Note a sign of life."""
        self._failing_since = None

    def request_done(self) -> None:
        """Note a request that was answered in full."""
        self._failing_since = None
        self._failed_requests = 0

    def try_failed(self, why: str) -> None:
        """Note a failed try.

        Raises:
            EngineError: no token has come for too long.
        """
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
        if now - self._failing_since > self._retry.give_up_seconds:
            raise self.give_up(self._sentence(f"sent nothing for {self._retry.give_up_seconds:g} s", why))

    def request_failed(self, why: str) -> None:
        """Note a request that used up its tries.

        Raises:
            EngineError: it was one too many in a row.
        """
        self._failed_requests += 1
        if self._failed_requests >= self._retry.give_up_requests:
            raise self.give_up(self._sentence(f"failed {self._failed_requests} requests in a row", why))

    def _sentence(self, what: str, why: str) -> str:
        return (
            f"the server at {self._where} {what} (last: {why}): see to the server and start the build again, "
            "it goes on where it stopped; or be more patient with `retry`"
        )
