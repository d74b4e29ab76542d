"""The model call handed to a dialogue: looked up in the journal, else asked, journalled, then used."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from data.journal import JournalFile
from stages.engines.engine import KeepGoing, Reply, Request, RequestFailed, Running
from stages.truncation import joined, second_try

T = TypeVar("T")

Answered = Reply | RequestFailed
"""What became of a request."""

Judge = Callable[[Reply], Awaitable[bool]]
"""Tells whether a finished reply could win a race (is it correct?)."""


@dataclass
class Meter:
    """What the asks of one runner have cost so far."""

    calls: int = 0
    """Requests sent to the engine."""
    replayed: int = 0
    """Replies taken from the journal instead."""
    tokens: int = 0
    prompt_tokens: int = 0
    cost: float = 0.0
    waiting: int = 0
    """Requests that wait for their turn."""
    in_flight: int = 0
    whole: "Meter | None" = None
    """Counts what this one counts, and what its siblings do."""

    def wanted(self) -> None:
        """Count a request that waits for its turn."""
        self.waiting += 1
        if self.whole is not None:
            self.whole.wanted()

    def asked(self) -> None:
        """Count a request that is sent."""
        self.waiting -= 1
        self.calls += 1
        self.in_flight += 1
        if self.whole is not None:
            self.whole.asked()

    def ended(self) -> None:
        """Count a request that is over, however."""
        self.in_flight -= 1
        if self.whole is not None:
            self.whole.ended()

    def replied(self, reply: Reply) -> None:
        """Count a reply that was asked for."""
        self.tokens += reply.spent_tokens
        self.prompt_tokens += reply.prompt_tokens
        self.cost += reply.cost
        if self.whole is not None:
            self.whole.replied(reply)


@dataclass(frozen=True)
class Ask:
    """Ask one running model, at most as many requests at once as `limit` lets through."""

    running: Running
    limit: Callable[[], AbstractAsyncContextManager[object]]
    journal: JournalFile | None = None
    meter: Meter = field(default_factory=Meter)

    async def all(self, requests: Sequence[Request]) -> list[Answered]:
        """Return a reply a request, in their order; one that failed for good is there as its failure."""
        return await together([self._settled(request, None) for request in requests])

    async def race(self, requests: Sequence[Request], judge: Judge) -> list[Answered]:
        """Return a reply a request, siblings that can no longer be the shortest winner cut short.

        As soon as a sibling has finished and `judge` says it could win with L tokens, a sibling that has reached L
        tokens unfinished cannot be shorter any more; it comes back with `finish_reason` `cancelled`.
        """
        bound = float("inf")

        async def run(request: Request) -> Answered:
            nonlocal bound
            reply = await self._settled(request, lambda tokens: tokens < bound)
            if isinstance(reply, Reply) and reply.finish_reason == "stop" and await judge(reply):
                bound = min(bound, reply.tokens)
            return reply

        return await together([run(request) for request in requests])

    async def _settled(self, request: Request, keep_going: KeepGoing | None) -> Answered:
        try:
            return await self.one(request, keep_going)
        except RequestFailed as failure:
            return failure

    async def one(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        """Return the reply to one request; one that was cut off is followed up as its sampling says."""
        reply = await self._kept_or_asked(request, keep_going)
        follow_up = second_try(request, reply)
        if follow_up is None:
            return reply
        continued = follow_up.assistant_prefix != request.assistant_prefix
        before = reply.tokens if continued else 0
        going = keep_going and (lambda tokens: keep_going(before + tokens))
        return joined(reply, await self._kept_or_asked(follow_up, going), continued=continued)

    async def _kept_or_asked(self, request: Request, keep_going: KeepGoing | None) -> Reply:
        """Return a reply from the journal, or ask and journal it before it is returned."""
        key = request.key(f"{self.running.model}@{self.running.revision}")
        if self.journal is not None and (kept := await self.journal.get(key)) is not None:
            self.meter.replayed += 1
            return _reply(json.loads(kept))
        self.meter.wanted()
        async with self.limit():
            self.meter.asked()
            try:
                reply = await self.running.generate(request, keep_going)
            finally:
                self.meter.ended()
        reply = replace(reply, spent_tokens=reply.spent_tokens or reply.tokens)
        self.meter.replied(reply)
        if self.journal is not None:
            await self.journal.put(key, json.dumps(asdict(reply), ensure_ascii=False))
        return reply


async def together(work: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the results in order; when one fails, the others are cancelled and waited for."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


def _reply(kept: dict[str, Any]) -> Reply:
    logprobs = kept.pop("prompt_logprobs")
    return Reply(**kept, prompt_logprobs=None if logprobs is None else tuple(logprobs))
