import asyncio
from collections.abc import Awaitable, Callable

import pytest

from data.errors import EngineError
from stages.engines.engine import KeepGoing, Message, Reply, Request, RequestFailed, Running, Sampling
from stages.engines.local.supervised import EngineDied, Supervised

POISON = "poison"
HANGS = "hangs"
TOKENS_BEFORE_DEATH = 3


class World:
    """Engines that die when they meet a poison, and all that happened to them."""

    def __init__(self, deaths: int = 10**9) -> None:
        self.deaths = deaths
        """After so many deaths nothing kills any more."""
        self.started: list[Scripted] = []
        self.died = 0
        self.asked: list[str] = []
        self.together = asyncio.Event()
        self.fails_to_start = False

    async def start(self) -> Running:
        if self.fails_to_start and self.started:
            raise EngineError("cannot start")
        self.started.append(Scripted(self))
        return self.started[-1]


class Scripted(Running):
    model, revision, identity = "scripted", "1", "scripted@1"

    def __init__(self, world: World) -> None:
        self.world = world
        self.closed = False
        self.dead = asyncio.Event()
        self.in_flight = 0
        self.most_in_flight = 0

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        question = request.messages[-1].content
        self.world.asked.append(question)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._answer(question, request, keep_going)
        finally:
            self.in_flight -= 1

    async def _answer(self, question: str, request: Request, keep_going: KeepGoing | None) -> Reply:
        await asyncio.sleep(0)
        if question.startswith(HANGS):
            await asyncio.Event().wait()
        for count in range(1, 6):
            if question.startswith(POISON) and count > TOKENS_BEFORE_DEATH and self.world.died < self.world.deaths:
                self.world.died += 1
                self.dead.set()
            if self.dead.is_set():
                raise EngineDied("killed by a poison")
            if keep_going is not None and not keep_going(count):
                return Reply(question, count, "cancelled")
            await asyncio.sleep(0)
        return Reply(question.upper(), 5, "stop")

    async def close(self) -> None:
        self.closed = True


class Nights:
    """A `sleep` that ends when told."""

    def __init__(self) -> None:
        self._ends: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        await self._ends.get()

    async def pass_by(self, count: int) -> None:
        for _ in range(count):
            self._ends.put_nowait(None)
            for _ in range(20):
                await asyncio.sleep(0)


async def never(seconds: float) -> None:
    await asyncio.Event().wait()


async def supervise(
    world: World, max_restarts: int = 3, sleep: Callable[[float], Awaitable[None]] = never
) -> Supervised:
    return Supervised(world.start, await world.start(), max_restarts=max_restarts, stall_seconds=60, sleep=sleep)


def ask(question: str) -> Request:
    return Request((Message("user", question),), Sampling(), seed=0)


async def outcome(running: Running, question: str) -> str:
    try:
        return (await running.generate(ask(question))).text
    except (RequestFailed, EngineError) as error:
        return f"{type(error).__name__}: {error}"


async def test_a_death_takes_only_the_request_that_causes_it() -> None:
    world = World()
    running = await supervise(world)
    questions = ["a", "b", POISON, "c", "d"]

    outcomes = await asyncio.gather(*(outcome(running, question) for question in questions))

    assert [*outcomes[:2], *outcomes[3:]] == ["A", "B", "C", "D"]
    assert outcomes[2].startswith("RequestFailed: engine_killed")
    assert "killed by a poison" in outcomes[2]


async def test_suspects_are_asked_one_at_a_time_and_the_rest_waits_for_them() -> None:
    world = World()
    running = await supervise(world)
    first = [asyncio.ensure_future(outcome(running, question)) for question in ("a", POISON, "b")]
    while not world.died:
        await asyncio.sleep(0)

    late = await asyncio.gather(*(outcome(running, f"late {n}") for n in range(8)))

    assert late == [f"LATE {n}" for n in range(8)]
    assert all(task.done() for task in first)
    assert world.started[1].most_in_flight == 1, "suspects only, one at a time"
    assert world.started[2].most_in_flight > 1, "all together again, once each suspect has been cleared"


async def test_several_poisons_are_each_found() -> None:
    world = World()
    running = await supervise(world, max_restarts=5)
    questions = [f"{POISON} 1", "a", f"{POISON} 2", "b", f"{POISON} 3"]

    outcomes = await asyncio.gather(*(outcome(running, question) for question in questions))

    assert outcomes[1::2] == ["A", "B"]
    assert all(told.startswith("RequestFailed: engine_killed") for told in outcomes[::2])


async def test_nobody_is_refused_for_a_death_that_does_not_come_again() -> None:
    world = World(deaths=1)
    running = await supervise(world)

    outcomes = await asyncio.gather(*(outcome(running, question) for question in ("a", POISON, "b")))

    assert outcomes == ["A", POISON.upper(), "B"]
    assert running.restarts == 1


async def test_tokens_lost_with_an_engine_are_counted_as_spent() -> None:
    world = World(deaths=1)
    running = await supervise(world)

    reply = await running.generate(ask(POISON))

    assert (reply.tokens, reply.spent_tokens) == (5, 5 + TOKENS_BEFORE_DEATH)


async def test_restarts_are_bounded() -> None:
    world = World()
    running = await supervise(world, max_restarts=2)

    outcomes = [await outcome(running, f"{POISON} {n}") for n in range(3)]

    assert outcomes[0].startswith("RequestFailed: engine_killed")
    assert outcomes[1].startswith("EngineError: scripted: the engine died again after 2 restarts")
    assert outcomes[2].startswith("EngineError")
    assert len(world.started) == 3


async def test_what_waits_fails_too_when_no_restart_is_left() -> None:
    world = World()
    running = await supervise(world, max_restarts=0)

    outcomes = await asyncio.gather(*(outcome(running, question) for question in ("a", POISON, "b")))

    assert all(told.startswith("EngineError") for told in outcomes)


async def test_an_engine_that_cannot_be_started_again_is_an_error() -> None:
    world = World()
    world.fails_to_start = True
    running = await supervise(world)

    told = await outcome(running, POISON)

    assert told == "EngineError: cannot start"


async def test_a_dead_engine_is_closed_before_the_next_starts() -> None:
    world = World(deaths=1)
    running = await supervise(world)

    await running.generate(ask(POISON))

    assert [engine.closed for engine in world.started] == [True, False]


async def test_a_stall_is_taken_for_a_death() -> None:
    world, nights = World(), Nights()
    running = await supervise(world, sleep=nights.sleep)
    stalled = asyncio.ensure_future(outcome(running, HANGS))

    await nights.pass_by(6)

    told = await stalled
    assert told == "RequestFailed: engine_killed: alone with it, the engine died: no token for 60 seconds"
    assert await outcome(running, "a") == "A"


async def test_an_idle_engine_does_not_stall() -> None:
    world, nights = World(), Nights()
    running = await supervise(world, sleep=nights.sleep)

    await nights.pass_by(5)

    assert await outcome(running, "a") == "A"
    assert running.restarts == 0


async def test_an_engine_that_gives_tokens_does_not_stall() -> None:
    world, nights = World(), Nights()
    running = await supervise(world, sleep=nights.sleep)
    steps: asyncio.Queue[None] = asyncio.Queue()

    class Slow(Scripted):
        async def _answer(self, question: str, request: Request, keep_going: KeepGoing | None) -> Reply:
            for count in range(1, 10):
                await steps.get()
                assert keep_going is not None
                keep_going(count)
            return Reply("slow", 9, "stop")

    running = Supervised(world.start, Slow(world), max_restarts=0, stall_seconds=60, sleep=nights.sleep)
    slow = asyncio.ensure_future(outcome(running, "a"))
    for _ in range(9):
        steps.put_nowait(None)
        await nights.pass_by(1)

    assert await slow == "slow"


async def test_a_caller_that_gives_up_takes_nobody_along() -> None:
    world, nights = World(), Nights()
    running = await supervise(world, sleep=nights.sleep)
    waiting = asyncio.ensure_future(outcome(running, HANGS))
    await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await nights.pass_by(3)

    assert running.restarts == 0
    assert await outcome(running, "a") == "A"


async def test_a_suspect_whose_caller_gives_up_holds_up_nobody() -> None:
    world = World()
    running = await supervise(world)
    poison = asyncio.ensure_future(outcome(running, POISON))
    suspect = asyncio.ensure_future(outcome(running, "suspect"))
    while not world.died:
        await asyncio.sleep(0)

    suspect.cancel()

    assert await outcome(running, "late") == "LATE"
    assert (await poison).startswith("RequestFailed: engine_killed")


async def test_a_caller_may_stop_a_reply_short() -> None:
    running = await supervise(World())

    reply = await running.generate(ask("a"), lambda tokens: tokens < 2)

    assert (reply.tokens, reply.finish_reason) == (2, "cancelled")
