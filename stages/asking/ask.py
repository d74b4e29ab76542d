"""The model call handed to a dialogue: looked up in the journal, else asked, journalled, then used."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from data.journal import JournalFile
from stages.asking.meter import Meter
from stages.asking.truncation import joined, second_try
from stages.engines.engine import Answered, KeepGoing, Reply, Request, RequestFailed, Running

T = TypeVar("T")

CANCELLED = ":cancelled"
"""Ends the journal's key of a reply that was cut short in a race, which is no answer to whoever wants it whole."""

FAILED = ":failed:"
"""Stands in the journal's key of what a failed request has cost; nobody looks it up, all of them are summed."""

BEATEN = Reply("", 0, "cancelled")
"""What is told of a sibling that is longer than the winner of its race: no text, no length, no cost."""

Judge = Callable[[Reply], Awaitable[bool]]
"""Tells whether a finished reply could win a race (is it correct?)."""


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

        As soon as a sibling has finished and `judge` says it could win with L tokens, a sibling that has more than L
        tokens unfinished is cut short. Which ones are is a matter of timing, so that nothing is told of it: each that
        is longer than the winner comes back as `BEATEN`, whether it was cut short or came too late. One that was cut
        short in another race, with a shorter winner than this one has, is asked again in full.
        """
        bound = float("inf")

        async def run(request: Request, keep_going: KeepGoing | None) -> Answered:
            nonlocal bound
            reply = await self._settled(request, keep_going)
            # A reply that nobody counted sets no bound: what its length is in tokens, the tokenizer says later.
            finished = isinstance(reply, Reply) and reply.finish_reason == "stop" and reply.counted
            if isinstance(reply, Reply) and finished and await judge(reply):
                bound = min(bound, reply.tokens)
            return reply

        async def rerun(request: Request, reply: Answered) -> Answered:
            may_win = isinstance(reply, Reply) and reply.finish_reason == "cancelled" and reply.tokens <= bound
            return await run(request, None) if may_win else reply

        replies = await together([run(request, lambda tokens: tokens <= bound) for request in requests])
        replies = await together([rerun(*pair) for pair in zip(requests, replies, strict=True)])
        return [BEATEN if isinstance(reply, Reply) and reply.tokens > bound else reply for reply in replies]

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
        try:
            followed = await self._kept_or_asked(follow_up, going)
        except RequestFailed as failure:
            failure.spent_tokens += reply.spent_tokens
            raise
        return joined(reply, followed, continued=continued)

    async def _kept_or_asked(self, request: Request, keep_going: KeepGoing | None) -> Reply:
        """Return a reply from the journal, or ask and journal it before it is returned."""
        key = request.key(self.running.identity)
        kept = await self._kept(key, cancelled=keep_going is not None)
        if kept is not None:
            self.meter.found()
            return kept
        self.meter.wanted()
        async with self.limit():
            reply = await self._asked(request, keep_going)
        if self.journal is not None:
            name = key + CANCELLED if reply.finish_reason == "cancelled" else key
            await self.journal.put(name, json.dumps(asdict(reply), ensure_ascii=False))
        return reply

    async def _kept(self, key: str, *, cancelled: bool) -> Reply | None:
        """Return the reply in the journal, if any; one that was cut short in a race only where `cancelled` will do."""
        if self.journal is None:
            return None
        kept = await self.journal.get(key)
        if kept is None and cancelled:
            kept = await self.journal.get(key + CANCELLED)
        return None if kept is None else _reply(json.loads(kept))

    async def _asked(self, request: Request, keep_going: KeepGoing | None) -> Reply:
        """Ask the engine, and count what it cost."""
        self.meter.asked()
        try:
            reply = await self.running.generate(request, keep_going)
        except RequestFailed as failure:
            self.meter.spent(failure)
            await self._keep_cost(request, failure)
            raise
        finally:
            self.meter.ended()
        reply = replace(reply, spent_tokens=reply.spent_tokens or reply.tokens)
        self.meter.spent(reply)
        return reply

    async def _keep_cost(self, request: Request, failure: RequestFailed) -> None:
        """Note in the journal what a failure has burnt, so that the budget of a later run knows of it."""
        if self.journal is not None and (failure.spent_tokens or failure.cost):
            key = request.key(self.running.identity)
            cost = {"spent_tokens": failure.spent_tokens, "cost": failure.cost}
            await self.journal.put(f"{key}{FAILED}{uuid.uuid4().hex}", json.dumps(cost))


async def together(work: Iterable[Coroutine[object, object, T]]) -> list[T]:
    """Return the results in order; when one fails, the others are cancelled and waited for."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one) for one in work]
    return [task.result() for task in tasks]


def _reply(kept: dict[str, Any]) -> Reply:
    logprobs = kept.pop("prompt_logprobs", None)
    return Reply(**kept, prompt_logprobs=None if logprobs is None else tuple(logprobs))
