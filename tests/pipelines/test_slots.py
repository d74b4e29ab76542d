import asyncio

import pytest

from pipelines.execute.slots import Slots


async def hold(slots: Slots, priority: float, name: str, order: list[str]) -> None:
    async with slots.at(priority):
        order.append(name)
        await asyncio.sleep(0)


async def test_never_more_than_its_size_at_once() -> None:
    slots, most = Slots(3), 0

    async def one() -> None:
        nonlocal most
        async with slots.at(0):
            most = max(most, slots.held)
            await asyncio.sleep(0)

    await asyncio.gather(*(one() for _ in range(50)))

    assert most == 3
    assert slots.held == 0


async def test_the_longest_waits_least_and_equals_keep_their_order() -> None:
    slots = Slots(1)
    order: list[str] = []
    async with slots.at(0):
        wanted = [(1, "b"), (9, "a"), (1, "c"), (5, "x")]
        waiting = [asyncio.create_task(hold(slots, priority, name, order)) for priority, name in wanted]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)

    assert order == ["a", "x", "b", "c"]


async def test_a_closed_one_lets_nobody_in_and_those_inside_finish() -> None:
    slots = Slots(1)
    order: list[str] = []
    inside = asyncio.create_task(hold(slots, 0, "inside", order))
    await asyncio.sleep(0)
    slots.close()
    waiting = asyncio.create_task(hold(slots, 0, "waiting", order))
    await inside
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    waiting.cancel()

    assert not done
    assert order == ["inside"]


@pytest.mark.parametrize("when", range(4))
async def test_a_waiter_that_is_cancelled_loses_no_slot(when: int) -> None:
    slots = Slots(1)
    order: list[str] = []
    tasks = [asyncio.create_task(hold(slots, 0, str(n), order)) for n in range(3)]
    for _ in range(when):
        await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.wait_for(hold(slots, 0, "after", order), timeout=5)

    assert order[-1] == "after"
    assert slots.held == 0
