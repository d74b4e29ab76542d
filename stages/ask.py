"""The model call handed to a dialogue: looked up in the journal, else asked, journalled, then used."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from data.journal import JournalFile
from stages.engines.engine import KeepGoing, Message, Reply, Request, Running, Sampling

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
    in_flight: int = 0

    def add(self, other: "Meter") -> None:
        """Add another meter's counts."""
        for name, amount in asdict(other).items():
            setattr(self, name, getattr(self, name) + amount)

    def count(self, reply: Reply) -> None:
        """Add one reply that was asked for."""
        self.tokens += reply.spent_tokens or reply.tokens
        self.prompt_tokens += reply.prompt_tokens
        self.cost += reply.cost


@dataclass(frozen=True)
class Ask:
    """Ask one running model, at most as many requests at once as `limit` lets through."""

    running: Running
    limit: Callable[[], AbstractAsyncContextManager[object]]
    journal: JournalFile | None = None
    meter: Meter = field(default_factory=Meter)

    async def __call__(
        self,
        messages: Sequence[Message],
        *,
        sampling: Sampling,
        seeds: Sequence[int],
        adapter: str | None = None,
        assistant_prefix: str | None = None,
        prompt_logprobs: bool = False,
    ) -> list[Reply]:
        """Return one reply a seed, in the order of the seeds."""
        asked = [
            Request(tuple(messages), sampling, seed, index, adapter, assistant_prefix, prompt_logprobs)
            for index, seed in enumerate(seeds)
        ]
        return list(await asyncio.gather(*(self.one(request) for request in asked)))

    async def race(self, requests: Sequence[Request], judge: Judge) -> list[Reply]:
        """Return a reply a request, siblings that can no longer be the shortest winner cut short.

        As soon as a sibling has finished and `judge` says it could win with L tokens, a sibling that has reached L
        tokens unfinished cannot be shorter any more; it comes back with `finish_reason` `cancelled`.
        """
        bound = float("inf")

        async def run(request: Request) -> Reply:
            nonlocal bound
            reply = await self.one(request, lambda tokens: tokens < bound)
            if reply.finish_reason == "stop" and await judge(reply):
                bound = min(bound, reply.tokens)
            return reply

        return list(await asyncio.gather(*(run(request) for request in requests)))

    async def one(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        """Return the reply to one request, from the journal or asked and journalled before it is returned."""
        key = request.key(f"{self.running.model}@{self.running.revision}")
        if self.journal is not None and (kept := await self.journal.get(key)) is not None:
            self.meter.replayed += 1
            return _reply(json.loads(kept))
        async with self.limit():
            self.meter.calls += 1
            self.meter.in_flight += 1
            try:
                reply = await self.running.generate(request, keep_going)
            finally:
                self.meter.in_flight -= 1
        reply = replace(reply, spent_tokens=reply.spent_tokens or reply.tokens)
        self.meter.count(reply)
        if self.journal is not None:
            await self.journal.put(key, json.dumps(asdict(reply), ensure_ascii=False))
        return reply


def _reply(kept: dict[str, Any]) -> Reply:
    logprobs = kept.pop("prompt_logprobs")
    return Reply(**kept, prompt_logprobs=None if logprobs is None else tuple(logprobs))
