import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import EngineError
from data.journal import JournalFile
from stages.asking.ask import BEATEN, Ask
from stages.engines.engine import Reply, Request, RequestFailed, Sampling
from tests.stages.scripted import Scripted, request


def ask_of(engine: Scripted, journal: JournalFile | None = None) -> Ask:
    return Ask(engine, nullcontext, journal)


async def correct(reply: Reply) -> bool:
    return reply.text.startswith("right")


def shortest(replies: list[Reply | RequestFailed]) -> int | None:
    """The choice: fewest tokens, then fewest characters, then the lowest index, among the correct and whole."""
    ranked = [
        (reply.tokens, len(reply.text), index)
        for index, reply in enumerate(replies)
        if isinstance(reply, Reply) and reply.finish_reason == "stop" and reply.text.startswith("right")
    ]
    return min(ranked)[2] if ranked else None


siblings = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(["right", "right!", "wrong"]), st.sampled_from(["stop", "length"])),
    min_size=1,
    max_size=8,
)


@settings(max_examples=3000, deadline=None)
@given(siblings, st.integers(0, 10**6))
def test_racing_chooses_what_full_sampling_chooses_and_never_costs_more(
    lengths: list[tuple[int, str, str]], schedule: int
) -> None:
    script = {n: Reply(text, tokens, end) for n, (tokens, text, end) in enumerate(lengths)}  # type: ignore[arg-type]
    raced, full = Scripted(script, schedule), Scripted(script, schedule)
    requests = [request(n) for n in script]

    async def both() -> tuple[list[Reply | RequestFailed], list[Reply | RequestFailed]]:
        return await ask_of(raced).race(requests, correct), await ask_of(full).all(requests)

    with_race, without = asyncio.run(both())

    assert shortest(with_race) == shortest(without)
    assert raced.made <= full.made


@settings(max_examples=500, deadline=None)
@given(siblings, st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_a_race_tells_does_not_depend_on_its_timing(
    lengths: list[tuple[int, str, str]], schedule: int, other: int
) -> None:
    script = {n: Reply(text, tokens, end) for n, (tokens, text, end) in enumerate(lengths)}  # type: ignore[arg-type]

    def raced(order: int) -> list[Reply | RequestFailed]:
        return asyncio.run(ask_of(Scripted(script, order)).race([request(n) for n in script], correct))

    assert raced(schedule) == raced(other)


async def test_a_sibling_that_cannot_win_is_cut_short_and_its_tokens_are_counted() -> None:
    engine = Scripted({0: Reply("right", 3, "stop"), 1: Reply("right", 500, "stop")})
    ask = ask_of(engine)
    _, loser = await ask.race([request(0), request(1)], correct)

    assert loser == BEATEN
    assert 3 + 3 <= engine.made < 3 + 500
    assert ask.meter.tokens == engine.made


async def test_a_wrong_or_truncated_sibling_stops_nobody() -> None:
    engine = Scripted({0: Reply("wrong", 1, "stop"), 1: Reply("right", 1, "length"), 2: Reply("right", 40, "stop")})
    *_, last = await ask_of(engine).race([request(n) for n in range(3)], correct)

    assert last == Reply("right", 40, "stop", spent_tokens=40)


async def test_a_kept_reply_is_not_asked_again(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path)
    engine = Scripted({0: Reply("right", 3, "stop")})
    ask = ask_of(engine, journal)
    first = await ask.one(request())
    again = await ask.one(request())
    journal.close()

    assert first == again
    assert len(engine.asked) == 1
    assert (ask.meter.calls, ask.meter.replayed) == (1, 1)


async def test_a_race_replays_to_the_same_replies(tmp_path: Path) -> None:
    script = {0: Reply("right", 5, "stop"), 1: Reply("right", 90, "stop"), 2: Reply("wrong", 7, "stop")}
    requests = [request(n) for n in script]
    journal = JournalFile(tmp_path)
    first = await ask_of(Scripted(script), journal).race(requests, correct)
    silent = Scripted({})
    again = await ask_of(silent, journal).race(requests, correct)
    journal.close()

    assert first == again
    assert silent.asked == []


async def test_a_sibling_that_lost_another_race_is_whole_where_it_is_wanted_whole(tmp_path: Path) -> None:
    script = {0: Reply("right", 5, "stop"), 1: Reply("right", 90, "stop"), 2: Reply("right", 200, "stop")}
    journal = JournalFile(tmp_path)
    await ask_of(Scripted(script), journal).race([request(n) for n in script], correct)
    without_the_winner = await ask_of(Scripted(script), journal).race([request(1), request(2)], correct)
    in_full = await ask_of(Scripted(script), journal).all([request(2)])
    journal.close()

    assert [isinstance(it, Reply) and it.tokens for it in (without_the_winner[0], *in_full)] == [90, 200]


async def test_what_a_failed_request_burnt_is_counted() -> None:
    failure = RequestFailed("gave_up")
    failure.spent_tokens, failure.cost = 7, 0.5
    ask = ask_of(Scripted({0: failure}))
    await ask.all([request()])

    assert (ask.meter.tokens, ask.meter.cost, ask.meter.in_flight) == (7, 0.5, 0)


async def test_a_second_try_that_fails_tells_what_both_tries_burnt() -> None:
    cut, failure = Reply("on and", 5, "length"), RequestFailed("gave_up")
    failure.spent_tokens = 7
    engine = Scripted({0: cut})

    def second(asked: Request) -> None:
        if asked.sampling.max_tokens == 20:
            raise failure

    engine.before = second
    sampling = Sampling(max_tokens=5, on_truncated="larger", larger_tokens=20)

    with pytest.raises(RequestFailed) as caught:
        await ask_of(engine).one(request(sampling=sampling))
    assert caught.value.spent_tokens == 12


@pytest.mark.parametrize(
    "change", [{"seed": 5}, {"sample": 1}, {"sampling": Sampling(temperature=0.1)}, {"adapter": "a"}]
)
async def test_another_request_is_another_key(change: dict[str, Any]) -> None:
    assert request(**change).key("m") != request().key("m") != request().key("another model")


async def test_one_failed_request_leaves_its_siblings_alone() -> None:
    engine = Scripted({0: RequestFailed("http_400", "no"), 1: Reply("right", 3, "stop")})
    failed, fine = await ask_of(engine).all([request(0), request(1)])

    assert isinstance(failed, RequestFailed)
    assert isinstance(fine, Reply)


async def test_an_engine_that_is_gone_ends_everything() -> None:
    def gone(_: object) -> None:
        raise EngineError("gone")

    engine = Scripted({0: Reply("right", 3, "stop")}, before=gone)

    with pytest.raises(ExceptionGroup) as caught:
        await ask_of(engine).all([request(0), request(0)])
    assert caught.group_contains(EngineError)
