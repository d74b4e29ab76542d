from contextlib import nullcontext

import pytest

from stages.asking.ask import Ask
from stages.engines.engine import KeepGoing, Reply, Request, Running, Sampling
from tests.stages.scripted import Scripted, request


class CutsOff(Running):
    """Cuts every reply off at max_tokens; the whole reply has ten tokens, one character each."""

    model, revision, identity = "cuts off", "1", "cuts off@1"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        self.asked.append(request)
        rest = "0123456789".removeprefix(request.assistant_prefix or "")
        text = rest[: request.sampling.max_tokens]
        return Reply(text, len(text), "stop" if text == rest else "length")

    async def close(self) -> None:
        """Nothing is held."""


def ask_of(engine: Running) -> Ask:
    return Ask(engine, nullcontext)


async def test_a_rejected_one_is_not_asked_again() -> None:
    engine = CutsOff()
    reply = await ask_of(engine).one(request(sampling=Sampling(max_tokens=4)))

    assert (reply.text, reply.finish_reason, len(engine.asked)) == ("0123", "length", 1)


async def test_a_continued_one_goes_on_from_where_it_was_cut() -> None:
    engine = CutsOff()
    sampling = Sampling(max_tokens=4, on_truncated="continue", larger_tokens=20)
    reply = await ask_of(engine).one(request(sampling=sampling))

    assert (reply.text, reply.finish_reason, reply.tokens, reply.spent_tokens) == ("0123456789", "stop", 10, 10)
    assert [asked.assistant_prefix for asked in engine.asked] == [None, "0123"]
    assert engine.asked[1].sampling.max_tokens == 16


async def test_a_larger_one_is_asked_anew_with_more_room_and_pays_for_both() -> None:
    engine = CutsOff()
    sampling = Sampling(max_tokens=4, on_truncated="larger", larger_tokens=20)
    reply = await ask_of(engine).one(request(sampling=sampling))

    assert (reply.text, reply.tokens, reply.spent_tokens) == ("0123456789", 10, 14)
    assert [asked.sampling.max_tokens for asked in engine.asked] == [4, 20]


@pytest.mark.parametrize("policy", ["continue", "larger"])
async def test_one_that_is_cut_off_again_is_left_at_that(policy: str) -> None:
    engine = CutsOff()
    sampling = Sampling(max_tokens=4, on_truncated=policy, larger_tokens=6)  # type: ignore[arg-type]
    reply = await ask_of(engine).one(request(sampling=sampling))

    assert (reply.text, reply.finish_reason, len(engine.asked)) == ("012345", "length", 2)


@pytest.mark.parametrize("policy", ["reject", "continue", "larger"])
async def test_a_tenth_cut_off_costs_at_most_a_tenth_more_calls(policy: str) -> None:
    replies = {n: Reply("x", 4, "length" if n < 10 else "stop") for n in range(100)}
    engine = Scripted(replies)
    room = None if policy == "reject" else 8
    sampling = Sampling(max_tokens=4, on_truncated=policy, larger_tokens=room)  # type: ignore[arg-type]
    await ask_of(engine).all([request(n, sampling=sampling) for n in range(100)])

    assert len(engine.asked) <= 110
    assert len({asked.key("m") for asked in engine.asked}) == len(engine.asked)


def test_more_room_must_be_more() -> None:
    with pytest.raises(ValueError, match="larger_tokens above max_tokens"):
        Sampling(max_tokens=100, on_truncated="larger", larger_tokens=100)
