import asyncio
import random

from stages.engines.local.turns import Turns


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Visitor:
    def __init__(self, turns: Turns, kind: str) -> None:
        self.inside = False
        self.kind = kind
        self.may_go = asyncio.Event()
        self.task = asyncio.ensure_future(self._visit(turns))

    async def _visit(self, turns: Turns) -> None:
        async with turns.of(self.kind):
            self.inside = True
            try:
                await self.may_go.wait()
            finally:
                self.inside = False


async def test_one_kind_is_inside_together_and_another_waits() -> None:
    turns = Turns()
    visitors = [Visitor(turns, kind) for kind in "aaba"]
    await settle()

    assert [v.inside for v in visitors] == [True, True, False, False], "the last a lets b have its turn first"

    for visitor in visitors[:2]:
        visitor.may_go.set()
    await settle()

    assert [v.inside for v in visitors] == [False, False, True, False]


async def test_all_that_wait_of_a_kind_come_in_together() -> None:
    turns = Turns()
    first, *others = [Visitor(turns, kind) for kind in "abbb"]
    await settle()

    first.may_go.set()
    await settle()

    assert all(v.inside for v in others)


async def test_kinds_never_meet_and_nobody_is_forgotten_even_when_some_give_up() -> None:
    rng = random.Random(7)
    turns = Turns()
    visitors: list[Visitor] = []
    for _ in range(2000):
        if rng.random() < 0.4:
            visitors.append(Visitor(turns, rng.choice("ab")))
        elif visitors:
            visitor = rng.choice(visitors)
            visitor.may_go.set() if rng.random() < 0.7 else visitor.task.cancel()
        if rng.random() < 0.5:
            await asyncio.sleep(0)
        assert len({v.kind for v in visitors if v.inside}) <= 1

    for visitor in visitors:
        visitor.may_go.set()
    await asyncio.wait_for(asyncio.wait([v.task for v in visitors]), 30)

    assert all(v.task.done() for v in visitors)
