import asyncio

import pytest

from stages.engines.remote.rate import Pace


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


async def starts(pace: Pace, clock: Clock, costs: list[float]) -> list[float]:
    """Return when each of these, all asked for at once, got its turn."""

    async def turn(units: float) -> float:
        await pace.take(units)
        return clock.now

    return await asyncio.gather(*(turn(units) for units in costs))


@pytest.mark.parametrize("per_minute", [1, 7, 60, 600])
async def test_lets_no_more_than_its_number_and_one_through_in_any_minute(per_minute: int) -> None:
    clock = Clock()

    times = await starts(Pace(per_minute, clock, clock.sleep), clock, [1] * (3 * per_minute))

    assert times == sorted(times)
    assert max(sum(start <= other < start + 60 for other in times) for start in times) <= per_minute + 1
    assert times[-1] - times[0] == pytest.approx(60 * (3 * per_minute - 1) / per_minute)


async def test_a_large_request_holds_up_those_behind_it_for_its_share() -> None:
    clock = Clock()

    times = await starts(Pace(600, clock, clock.sleep), clock, [1200, 10, 10])

    assert times == pytest.approx([100, 220, 221])


async def test_what_is_given_back_is_there_for_the_next() -> None:
    clock = Clock()
    pace = Pace(600, clock, clock.sleep)

    await pace.take(1200)
    pace.give_back(1190)
    await pace.take(1)

    assert clock.now == pytest.approx(101)


async def test_idle_time_is_not_saved_up() -> None:
    clock = Clock()
    pace = Pace(60, clock, clock.sleep)
    await pace.take(1)
    pace.give_back(1)
    clock.now += 3600

    times = await starts(pace, clock, [1, 1, 1])

    assert times == pytest.approx([3700, 3701, 3702])


async def test_one_that_stops_waiting_uses_nothing_up() -> None:
    clock = Clock()
    asleep = asyncio.Event()

    async def sleep_for_good(seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    pace = Pace(60, clock, sleep_for_good)
    await pace.take(1)
    waiting = asyncio.create_task(pace.take(1000))
    await asleep.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    clock.now += 1
    await pace.take(1)

    assert clock.now == 101
