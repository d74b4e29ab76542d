import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from data.errors import ConfigError, EngineError
from data.spec import fingerprint, parse
from stages.engines.engine import Message, Request, RequestFailed, Sampling
from stages.engines.remote.chat_body import Extra
from stages.engines.remote.remote import Prices, Remote, RemoteRunning
from stages.engines.remote.retry import Retry
from tests.stages.engines.servers import ChatServer, endless, event, plain, said, stream

ASKED = Request((Message("system", "Reason."), Message("user", "2 + 2?")), Sampling(max_tokens=50), seed=5)
EVERYTHING: tuple[Extra, ...] = ("seed", "top_k", "assistant_prefix", "running_usage")
KEY = "sk-a-very-secret-key"


@asynccontextmanager
async def running(server: ChatServer, **fields: Any) -> AsyncIterator[RemoteRunning]:
    engine = await Remote(base_url=server.url, model="m", **fields).start()
    try:
        yield engine
    finally:
        await engine.close()


async def test_returns_the_text_the_servers_count_and_the_cost(server: ChatServer) -> None:
    server.answers = [said("two ", "and two", " is four", usage={"prompt_tokens": 1000, "completion_tokens": 50})]

    async with running(server, prices=Prices(input_per_million=1.0, output_per_million=4.0)) as engine:
        reply = await engine.generate(ASKED)

    assert (reply.text, reply.finish_reason) == ("two and two is four", "stop")
    assert (reply.prompt_tokens, reply.tokens, reply.spent_tokens) == (1000, 50, 50)
    assert reply.cost == pytest.approx(0.0012)


async def test_counts_chunks_where_the_server_counts_nothing(server: ChatServer) -> None:
    server.answers = [said("a", "b", "c", usage=None)]

    async with running(server) as engine:
        reply = await engine.generate(ASKED)

    assert reply.tokens == 3


async def test_asks_for_one_streamed_reply_with_the_requests_own_seed(server: ChatServer) -> None:
    async with running(server) as engine:
        await engine.generate(ASKED)

    assert server.bodies == [
        {
            "model": "m",
            "messages": [{"role": "system", "content": "Reason."}, {"role": "user", "content": "2 + 2?"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0.7,
            "top_p": 0.95,
            "max_tokens": 50,
            "seed": 5,
        }
    ]


async def test_continues_a_prefix_and_samples_from_the_top_k(server: ChatServer) -> None:
    asked = Request((Message("user", "2 + 2?"),), Sampling(top_k=20, stop=("\n\n",)), seed=1, assistant_prefix="Two")

    async with running(server, accepts=EVERYTHING) as engine:
        await engine.generate(asked, lambda _: True)

    body = server.bodies[0]
    assert body["messages"][-1] == {"role": "assistant", "content": "Two"}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert (body["top_k"], body["stop"]) == (20, ["\n\n"])
    assert body["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}


@pytest.mark.parametrize(
    "asked",
    [
        Request(ASKED.messages, Sampling(top_k=5), 1),
        Request(ASKED.messages, Sampling(), 1, assistant_prefix="So"),
        Request(ASKED.messages, Sampling(), 1, adapter="adapters/half"),
        Request(ASKED.messages, Sampling(), 1, prompt_logprobs=True),
    ],
)
async def test_never_leaves_out_in_silence_what_the_server_cannot_do(server: ChatServer, asked: Request) -> None:
    async with running(server) as engine:
        with pytest.raises(EngineError, match="accepts"):
            await engine.generate(asked)

    assert server.bodies == []


def test_can_do_what_the_server_accepts() -> None:
    bare = Remote(base_url="https://host/v1", model="m", accepts=())
    full = Remote(base_url="https://host/v1", model="m", accepts=EVERYTHING)

    plain = {"stream", "stop", "presence_penalty", "frequency_penalty", "template_args"}

    assert bare.capabilities == plain
    assert full.capabilities == plain | {"seed", "top_k", "assistant_prefix"}


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_puts_reasoning_from_a_field_of_its_own_between_its_marks(server: ChatServer, name: str) -> None:
    server.answers = [stream(event({name: "Two and "}), event({name: "two."}), event({"content": "4"}, "stop"))]

    async with running(server) as engine:
        reply = await engine.generate(ASKED)

    assert reply.text == "<think>\nTwo and two.\n</think>\n\n4"


@pytest.mark.parametrize(
    ("told", "finish"), [("stop", "stop"), ("eos", "stop"), ("length", "length"), ("max_tokens", "length")]
)
async def test_tells_a_finished_reply_from_one_cut_off(server: ChatServer, told: str, finish: str) -> None:
    server.answers = [said("four", finish=told)]

    async with running(server) as engine:
        reply = await engine.generate(ASKED)

    assert reply.finish_reason == finish


@pytest.mark.parametrize("told", ["content_filter", "tool_calls"])
async def test_a_withheld_reply_fails_with_what_it_cost(server: ChatServer, told: str) -> None:
    server.answers = [said("fo", finish=told)]

    async with running(server, prices=Prices(output_per_million=1e6)) as engine:
        with pytest.raises(RequestFailed) as failure:
            await engine.generate(ASKED)

    assert failure.value.reason == told
    assert (failure.value.spent_tokens, failure.value.cost) == (7, 7.0)
    assert len(server.bodies) == 1


async def test_takes_a_reply_from_a_server_that_does_not_stream(server: ChatServer) -> None:
    message = {"role": "assistant", "content": "four", "reasoning": "2 and 2"}
    usage = {"prompt_tokens": 9, "completion_tokens": 6}
    server.answers = [plain(200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})]

    async with running(server) as engine:
        reply = await engine.generate(ASKED)

    assert (reply.text, reply.tokens) == ("<think>\n2 and 2\n</think>\n\nfour", 6)


async def test_hangs_up_as_soon_as_nobody_wants_the_rest(server: ChatServer) -> None:
    server.answers = [endless("word ")]

    async with running(server) as engine:
        reply = await engine.generate(ASKED, lambda tokens: tokens < 5)
        await asyncio.wait_for(server.hung_up.wait(), 30)

    assert reply.finish_reason == "cancelled"
    assert reply.tokens >= 5
    assert reply.text == "word " * reply.tokens


async def test_goes_by_the_servers_running_count_where_it_gives_one(server: ChatServer) -> None:
    server.answers = [endless("several tokens at once ", usage={"prompt_tokens": 3, "completion_tokens": 40})]
    seen: list[int] = []

    def enough(tokens: int) -> bool:
        seen.append(tokens)
        return False

    async with running(server, accepts=EVERYTHING) as engine:
        reply = await engine.generate(ASKED, enough)

    assert seen == [40]
    assert (reply.tokens, reply.prompt_tokens) == (40, 3)


async def test_sends_the_key_and_never_shows_it(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", f"{KEY}\n")
    server.answers = [said("four"), plain(400, {"error": {"message": f"you sent {KEY}"}})]

    async with running(server, api_key_env="MY_KEY") as engine:
        await engine.generate(ASKED)
        with pytest.raises(RequestFailed) as failure:
            await engine.generate(ASKED)

    assert server.keys == [f"Bearer {KEY}"] * 2
    assert "you sent ***" in failure.value.detail
    assert failure.value.__cause__ is None
    assert KEY not in f"{engine!r} {vars(engine)!r} {caplog.text}"


async def test_sends_no_key_where_none_is_named(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async with running(server) as engine:
        await engine.generate(ASKED)

    assert server.keys == [None]


async def test_an_unset_key_is_named_before_anything_is_asked(server: ChatServer) -> None:
    with pytest.raises(EngineError, match="NO_SUCH_KEY"):
        await Remote(base_url=server.url, model="m", api_key_env="NO_SUCH_KEY").start()

    assert server.bodies == []


async def test_a_server_that_is_not_there_is_named_at_the_start(server: ChatServer) -> None:
    await server.stop()

    with pytest.raises(EngineError, match=f"nothing answers at {server.url}"):
        await Remote(base_url=server.url, model="m").start()


def test_where_and_how_fast_bear_no_identity() -> None:
    here = Remote(base_url="http://127.0.0.1:8000/v1", model="m", revision="a", concurrency=4)
    there = Remote(base_url="https://host/v1", model="m", revision="a", requests_per_minute=9, retry=Retry(max_tries=2))

    assert fingerprint(here) == fingerprint(there)
    assert fingerprint(here) != fingerprint(Remote(base_url=here.base_url, model="m", revision="b"))


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com/v1", "https"),
        ("http://10.0.0.1:8000/v1", "https"),
        ("http://127.0.0.1.example.com/v1", "https"),
        ("https://user:word@example.com/v1", "api_key_env"),
        ("https://example.com/v1?key=word", "path"),
        ("ftp://example.com", "https://host/v1"),
        ("example.com/v1", "https://host/v1"),
    ],
)
def test_refuses_an_address_that_would_give_prompts_or_keys_away(url: str, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault) as refused:
        parse(Remote, f'{{"base_url": "{url}", "model": "m"}}', where="run.yaml")

    assert "base_url" in str(refused.value)
    assert "word" not in str(refused.value).replace("password", "")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/v1", "http://localhost/v1", "http://[::1]:80/v1", "https://example.com/v1"]
)
def test_takes_this_machine_or_https(url: str) -> None:
    assert parse(Remote, f'{{"base_url": "{url}", "model": "m"}}', where="run.yaml").base_url == url
