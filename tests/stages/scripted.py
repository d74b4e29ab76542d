"""A scripted engine for tests: replies of told lengths, tokens handed out in an order drawn from a seed."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from stages.engines.engine import KeepGoing, Message, Reply, Request, RequestFailed, Running, Sampling


@dataclass
class Scripted(Running):
    """Answers sample n with `replies[n]`, one token at a time, yielding to others as the schedule has it."""

    replies: Mapping[int, Reply | RequestFailed]
    schedule: int = 0
    model: str = "scripted"
    revision: str = "1"
    identity: str = "scripted@1"
    asked: list[Request] = field(default_factory=list)
    made: int = 0
    """Tokens generated in all."""
    before: Callable[[Request], None] = lambda request: None

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        self.asked.append(request)
        self.before(request)
        told = self.replies[request.sample]
        if isinstance(told, RequestFailed):
            raise told
        rng = random.Random(self.schedule * 1009 + request.sample)
        for count in range(1, told.tokens + 1):
            for _ in range(rng.randrange(3)):
                await asyncio.sleep(0)
            self.made += 1
            if keep_going is not None and count < told.tokens and not keep_going(count):
                return Reply("", count, "cancelled")
        return told

    async def close(self) -> None:
        """Nothing is held."""


def request(sample: int = 0, **changes: Any) -> Request:
    """Return a request of no particular content."""
    plain = Request((Message("user", "What is 7?"),), Sampling(), seed=sample, sample=sample)
    return replace(plain, **changes)
