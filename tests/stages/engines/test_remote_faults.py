"""What a remote engine makes of a server that fails in every way a server can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from data.errors import EngineError
from stages.engines.engine import Message, Request, RequestFailed, Sampling
from stages.engines.remote.remote import Prices, Remote, RemoteRunning
from stages.engines.remote.retry import Retry
from tests.stages.engines.servers import (
    Answer,
    ChatServer,
    drop_after,
    endless,
    event,
    events,
    hang,
    plain,
    said,
    stream,
)

SOON = {"backoff_seconds": 0.001, "max_backoff_seconds": 0.002}
NEVER = {"backoff_seconds": 3600.0, "max_backoff_seconds": 3600.0}
CUT = event({"content": "half a"}), event({"content": " stream"})


def asked(seed: int = 1) -> Request:
    return Request((Message("user", "2 + 2?"),), Sampling(max_tokens=50), seed)


@asynccontextmanager
async def running(
    server: ChatServer, retry: dict[str, Any] | None = None, **fields: Any
) -> AsyncIterator[RemoteRunning]:
    engine = await Remote(base_url=server.url, model="m", retry=Retry(**{**SOON, **(retry or {})}), **fields).start()
    try:
        yield engine
    finally:
        await engine.close()


FAULTS: dict[str, Answer] = {
    "request time-out": plain(408),
    "conflict": plain(409),
    "too many requests": plain(429, headers={"Retry-After": "0"}),
    "server error": plain(500, {"error": {"message": "boom"}}),
    "bad gateway with a page of HTML": plain(502, "<html>" + "x" * 10_000, kind="text/html"),
    "overloaded, until a date gone by": plain(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    "no first byte": drop_after(),
    "connection dropped in half a stream": drop_after(*CUT),
    "stream closed in half": stream(*CUT),
    "stream closed before any choice": stream(b": nothing\n\n"),
    "event cut in half": stream(CUT[0], CUT[1][:20] + b"\n\n"),
    "not JSON": stream(b"data: {'choices': []}\n\n"),
    "JSON that is no object": stream(b"data: [1, 2]\n\n"),
    "text that is no text": stream(event({"content": 4})),
    "not UTF-8": stream(b'data: {"choices": "\xff\xfe"}\n\n'),
    "whole answer not JSON": plain(200, "{"),
    "whole answer empty": plain(200, ""),
    "wrong content type": plain(200, "<html>maintenance</html>", kind="text/html"),
    "empty choices": stream(event(None), b"data: [DONE]\n\n"),
    "empty choices in a whole answer": plain(200, {"choices": []}),
    "null choices": plain(200, {"choices": None}),
    "error inside the stream": stream(CUT[0], b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'),
    "aborted by the server": stream(*events("a", finish="abort")),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_asks_again_and_returns_only_the_whole_reply(server: ChatServer, fault: Answer) -> None:
    server.answers = [fault, fault, said("four")]

    async with running(server) as engine:
        reply = await engine.generate(asked())

    assert (reply.text, reply.tokens, reply.finish_reason) == ("four", 7, "stop")
    assert len(server.bodies) == 3


async def test_asks_again_when_the_server_hangs(server: ChatServer) -> None:
    server.answers = [hang(), said("four")]

    async with running(server, timeout_seconds=0.5) as engine:
        reply = await engine.generate(asked())

    assert reply.text == "four"


async def test_a_stream_that_only_keeps_alive_counts_as_hanging(server: ChatServer) -> None:
    server.answers = [endless(""), said("four")]

    async with running(server, timeout_seconds=0.5) as engine:
        reply = await engine.generate(asked())

    assert reply.text == "four"
    assert server.hung_up.is_set()


async def test_tokens_of_broken_streams_are_spent_and_paid(server: ChatServer) -> None:
    counted = event({"content": "x"}, usage={"prompt_tokens": 100, "completion_tokens": 30})
    server.answers = [drop_after(*CUT), stream(counted), said("four")]

    async with running(server, prices=Prices(input_per_million=1e6, output_per_million=1e6)) as engine:
        reply = await engine.generate(asked())

    assert (reply.tokens, reply.spent_tokens) == (7, 2 + 30 + 7)
    assert reply.cost == pytest.approx(100 + 11 + 2 + 30 + 7)


@pytest.mark.parametrize(
    "header", [{"Retry-After": "0"}, {"retry-after-ms": "1"}, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}]
)
async def test_waits_as_long_as_the_server_asks_instead_of_its_own_time(
    server: ChatServer, header: dict[str, str]
) -> None:
    server.answers = [plain(429, headers=header), said("four")]

    async with running(server, NEVER) as engine:
        reply = await asyncio.wait_for(engine.generate(asked()), 60)

    assert reply.text == "four"


@pytest.mark.parametrize("status", [400, 405, 413, 422])
async def test_a_refused_request_fails_at_once_and_others_go_on(server: ChatServer, status: int) -> None:
    server.answers = [plain(status, {"error": {"message": "prompt too long"}}), said("four")]

    async with running(server) as engine:
        with pytest.raises(RequestFailed, match="prompt too long") as failure:
            await engine.generate(asked())
        reply = await engine.generate(asked(2))

    assert failure.value.reason == f"http_{status}"
    assert reply.text == "four"
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (plain(401), "api_key_env"),
        (plain(402), "credit"),
        (plain(403), "access"),
        (plain(404, {"error": {"message": "no model m"}}), "no model m"),
        (plain(429, {"error": {"code": "insufficient_quota"}}), "credit"),
    ],
)
async def test_what_every_request_would_meet_ends_the_engine(server: ChatServer, answer: Answer, advice: str) -> None:
    server.answers = [answer, said("four")]

    async with running(server) as engine:
        with pytest.raises(EngineError, match=advice):
            await engine.generate(asked())
        with pytest.raises(EngineError, match=advice):
            await engine.generate(asked(2))

    assert len(server.bodies) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_prompts_and_keys_follow_no_redirect(
    server: ChatServer, other_server: ChatServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret")
    server.answers = [plain(status, headers={"Location": f"{other_server.url}/chat/completions?a=b"})]

    async with running(server, api_key_env="MY_KEY") as engine:
        with pytest.raises(EngineError, match=f"redirects to {other_server.url}/chat/completions,"):
            await engine.generate(asked())

    assert other_server.bodies == []


async def test_a_request_is_given_up_after_its_tries_with_what_it_cost(server: ChatServer) -> None:
    server.answers = [drop_after(*CUT)]

    async with running(server, {"max_tries": 3}, prices=Prices(output_per_million=1e6)) as engine:
        with pytest.raises(RequestFailed, match=r"3 tries.*broken_stream") as failure:
            await engine.generate(asked())

    assert failure.value.reason == "gave_up"
    assert (failure.value.spent_tokens, failure.value.cost) == (6, 6.0)
    assert len(server.bodies) == 3


async def test_a_wait_longer_than_patience_is_not_waited(server: ChatServer) -> None:
    server.answers = [plain(429, headers={"Retry-After": "86400"})]

    async with running(server, {"give_up_seconds": 60.0}) as engine:
        with pytest.raises(RequestFailed, match="http_429"):
            await engine.generate(asked())

    assert len(server.bodies) == 1


async def test_the_server_is_given_up_after_requests_failed_in_a_row(server: ChatServer) -> None:
    server.answers = [plain(500)]
    ends: list[type[Exception]] = []

    async with running(server, {"max_tries": 2, "give_up_requests": 3}) as engine:
        for seed in range(5):
            with pytest.raises((RequestFailed, EngineError)) as end:
                await engine.generate(asked(seed))
            ends.append(end.type)

    assert ends == [RequestFailed, RequestFailed, EngineError, EngineError, EngineError]
    assert len(server.bodies) == 6


async def test_requests_under_way_stop_asking_once_the_server_is_given_up(server: ChatServer) -> None:
    server.answers = [plain(401), hang()]

    async with running(server, timeout_seconds=0.5, concurrency=2) as engine:
        ends = await asyncio.gather(*(engine.generate(asked(seed)) for seed in range(20)), return_exceptions=True)

    assert {type(end) for end in ends} == {EngineError}
    assert len(server.bodies) <= 2


async def test_refused_requests_say_nothing_against_the_server(server: ChatServer) -> None:
    server.answers = [*[plain(400)] * 30, said("four")]

    async with running(server, {"give_up_requests": 2}) as engine:
        for seed in range(30):
            with pytest.raises(RequestFailed, match="http_400"):
                await engine.generate(asked(seed))
        reply = await engine.generate(asked(99))

    assert reply.text == "four"


async def test_a_cancelled_request_hangs_up(server: ChatServer) -> None:
    server.answers = [endless("word ")]
    came = asyncio.Event()

    def keep_going(_: int) -> bool:
        came.set()
        return True

    async with running(server) as engine:
        task = asyncio.create_task(engine.generate(asked(), keep_going))
        await came.wait()
        task.cancel()
        await asyncio.wait_for(server.hung_up.wait(), 30)
        with pytest.raises(asyncio.CancelledError):
            await task

    assert len(server.bodies) == 1
