"""When a failed try is made again, and when to give up: one request, or the whole server."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
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
    """A request fails for good after this many; tries that met an overloaded server (HTTP 429, 503, 529) do not
    count."""
    backoff_seconds: Seconds = 0.5
    """Longest wait before the second try; doubles with every further one. Half to all of it is waited."""
    max_backoff_seconds: Seconds = 30.0
    give_up_requests: Positive = 20
    """The server is given up after this many requests in a row failed for good."""
    give_up_seconds: Seconds = 600.0
    """The server is given up when tries have failed for this long and not one token came; a request, when it met an
    overloaded server for this long."""
    give_up_refusals: Positive | None = 20
    """The server is given up when it refused this many requests with one status and has answered none; null never."""


def wait_seconds(retry: Retry, failed: int, asked: float | None, name: str) -> float:
    """Return the seconds to wait after `failed` tries, at least those `asked` for by the server.

    The jitter is drawn from `name` and the number of tries: requests spread out, a run repeats itself.
    """
    drawn = random.Random(f"{name}:{failed}").random()
    if asked is not None:
        return asked * (1 + RETRY_AFTER_SPREAD * drawn)
    longest = min(retry.max_backoff_seconds, retry.backoff_seconds * 2.0 ** min(failed - 1, 64))
    return longest * (1 + drawn) / 2


@dataclass(frozen=True)
class Refused:
    """A request that a server refused."""

    reason: str
    """The status: `http_400`."""
    detail: str
    """What the server says."""
    prompt: int
    """Tells prompts apart."""
    of_prompt: bool
    """Whether the server says that it is this prompt it does not take, so that another may do."""


class Refusals:
    """Knows when a server refuses everything: so many requests with one status, and none answered.

    A request under way when the last of them was refused may still be answered; it is waited for. Samples of one
    prompt are refused alike, so refusals of several prompts are wanted, and of as many prompts as refusals where
    it is the prompt that does not fit.
    """

    PROMPTS = 5

    def __init__(self, limit: int | None) -> None:
        self.answered = False
        """Whether anything came from the server: a token, or a whole reply."""
        self._limit = limit
        self._sent = 0
        self._under_way: set[int] = set()
        self._counts: Counter[str] = Counter()
        self._prompts: dict[str, set[int]] = {}
        self._awaited: dict[str, set[int]] = {}

    @property
    def is_in_doubt(self) -> bool:
        """Whether enough were refused, and what is under way will tell: nothing more is to be sent until it has."""
        return not self.answered and any(self._awaited.values())

    def send(self) -> int:
        """Return a ticket for a request that is sent; give it back with `over`."""
        self._sent += 1
        self._under_way.add(self._sent)
        return self._sent

    def over(self, ticket: int) -> None:
        """Note that a request has ended, however."""
        self._under_way.discard(ticket)
        for awaited in self._awaited.values():
            awaited.discard(ticket)

    def count(self, reason: str) -> int:
        """Return how many were refused so."""
        return self._counts[reason]

    def is_throughout(self, ticket: int, refused: Refused) -> bool:
        """Count a refusal; tell whether the server is known by now to refuse everything."""
        self.over(ticket)
        if self._limit is None or self.answered:
            return False
        self._counts[refused.reason] += 1
        prompts = self._prompts.setdefault(refused.reason, set())
        if len(prompts) < self._limit:
            prompts.add(refused.prompt)
        wanted = self._limit if refused.of_prompt else min(self.PROMPTS, self._limit)
        if self._counts[refused.reason] < self._limit or len(prompts) < wanted:
            return False
        awaited = self._awaited.setdefault(refused.reason, set(self._under_way))
        return not awaited


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
        self.refusals = Refusals(retry.give_up_refusals)

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
        self.refusals.answered = True

    def request_done(self) -> None:
        """Note a request that was answered in full."""
        self._failing_since = None
        self._failed_requests = 0
        self.refusals.answered = True

    def request_refused(self, ticket: int, failure: "Refused") -> None:
        """Note a request that the server refuses for what it asks.

        Raises:
            EngineError: all were, so far.
        """
        if self.refusals.is_throughout(ticket, failure):
            count = self.refusals.count(failure.reason)
            raise self.give_up(
                f"the server at {self._where} refused all {count} requests so far with {failure.reason}: "
                f"{failure.detail}: change what is sent (`accepts`, `omit` and `extra_body` of the engine block, "
                "`sampling` of the method), then start the build again"
            )

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
