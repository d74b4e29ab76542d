"""Servers that send without end, or what no server should: bounded in bytes, tokens and time."""

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from stages.engines.engine import Message, Request, RequestFailed, Sampling
from stages.engines.remote.remote import Remote, RemoteRunning
from stages.engines.remote.retry import Retry
from tests.stages.engines.servers import Answer, ChatServer, event, events, plain, said

MIB = 1 << 20
ZEROS = gzip.compress(b" " * (400 * MIB))
"""400 KB that become 400 MiB."""


def asked(tokens: int = 50) -> Request:
    return Request((Message("user", "2 + 2?"),), Sampling(max_tokens=tokens), 1)


@asynccontextmanager
async def running(server: ChatServer, tries: int = 2, **fields: Any) -> AsyncIterator[RemoteRunning]:
    retry = Retry(backoff_seconds=0.001, max_backoff_seconds=0.002, max_tries=tries)
    engine = await Remote(base_url=server.url, model="m", retry=retry, **fields).start()
    try:
        yield engine
    finally:
        await engine.close()


def sent(status: int, kind: str, *chunks: bytes, forever: bool = False, encoding: str = "", pause: float = 0) -> Answer:
    """Send these bytes, the last of them again and again if `forever`."""

    async def answer(server: ChatServer, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Type": kind, **({"Content-Encoding": encoding} if encoding else {})}
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        try:
            for chunk in chunks:
                await response.write(chunk)
            while forever:
                await response.write(chunks[-1])
                await asyncio.sleep(pause)
        except (ConnectionError, asyncio.CancelledError):
            server.hung_up.set()
            raise
        finally:
            server.in_flight -= 1
        return response

    return answer


TOO_MUCH: dict[str, Answer] = {
    "a gzip bomb as JSON": sent(200, "application/json", ZEROS, encoding="gzip"),
    "a gzip bomb as an error": sent(500, "application/json", ZEROS, encoding="gzip"),
    "a gzip bomb as a stream": sent(200, "text/event-stream", ZEROS, encoding="gzip"),
    "an endless error": sent(500, "text/plain", b"no" * MIB, forever=True),
    "an endless document": sent(200, "application/json", b'{"a": "', b"x" * MIB, forever=True),
    "an endless line": sent(200, "text/event-stream", b"data: ", b"x" * MIB, forever=True),
    "endless empty events": sent(200, "text/event-stream", event({"content": ""}) * 1000, forever=True),
}


@pytest.mark.parametrize("answer", TOO_MUCH.values(), ids=TOO_MUCH)
async def test_no_answer_is_held_without_bound(server: ChatServer, answer: Answer) -> None:
    server.answers = [answer]

    async with running(server, tries=1) as engine:
        tracemalloc.start()
        try:
            with pytest.raises(RequestFailed, match="gave_up"):
                await asyncio.wait_for(engine.generate(asked()), 120)
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert most < 64 * MIB


async def test_a_server_that_ignores_the_limit_is_cut_off_there(server: ChatServer) -> None:
    server.answers = [sent(200, "text/event-stream", event({"content": "and so on "}) * 50, forever=True)]

    async with running(server) as engine:
        reply = await asyncio.wait_for(engine.generate(asked(20)), 60)

    assert reply.finish_reason == "length"
    assert len(reply.text) < 20_000
    await asyncio.wait_for(server.hung_up.wait(), 30)


async def test_a_trickle_ends_at_the_deadline(server: ChatServer) -> None:
    server.answers = [sent(200, "text/event-stream", event({"content": "a "}), forever=True, pause=0.05)]

    async with running(server, reply_seconds=0.5) as engine:
        with pytest.raises(RequestFailed, match=r"not whole after 0.5 s"):
            await asyncio.wait_for(engine.generate(asked(10_000)), 60)


async def test_pings_after_the_end_hold_nothing_up(server: ChatServer) -> None:
    server.answers = [sent(200, "text/event-stream", b"".join(events("four")), b": ping\n\n", forever=True, pause=0.05)]

    async with running(server) as engine:
        reply = await asyncio.wait_for(engine.generate(asked()), 30)

    assert reply.text == "four"


@pytest.mark.parametrize("number", ["1e308", "1e400", "Infinity", "99999999999999999999999"])
async def test_an_absurd_count_is_never_kept(server: ChatServer, number: str) -> None:
    body = '{"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": {"completion_tokens": %s}}'
    server.answers = [plain(200, body.replace("%s", number)), said("four")]

    async with running(server) as engine:
        reply = await engine.generate(asked())

    assert (reply.text, reply.tokens) == ("four", 7)


@pytest.mark.parametrize(
    "header", ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 01 Jan 2027 00:00:00 +9999", "1e300", "9" * 400, "soon", "-1e9"]
)
async def test_an_absurd_wish_to_wait_is_none(server: ChatServer, header: str) -> None:
    server.answers = [plain(429, headers={"Retry-After": header}), said("four")]

    async with running(server) as engine:
        reply = await asyncio.wait_for(engine.generate(asked()), 30)

    assert reply.text == "four"


WHOLE = {
    "choices": [{"index": 0, "message": {"content": "four"}, "finish_reason": "stop"}],
    "usage": {"completion_tokens": 1},
}
ODD_TYPES: dict[str, Answer] = {
    "JSON as text": plain(200, WHOLE, kind="text/plain"),
    "JSON as HTML": plain(200, WHOLE, kind="text/html"),
    "JSON as bytes": plain(200, WHOLE, kind="application/octet-stream"),
    "a stream as JSON": plain(200, b"".join(events("four")).decode(), kind="application/json"),
    "a stream as text": plain(200, b"".join(events("four")).decode(), kind="text/plain"),
    "JSON lines": plain(
        200,
        "".join(
            json.dumps({"choices": [{"delta": {"content": text}, "finish_reason": end}]}) + "\n"
            for text, end in (("fo", None), ("ur", "stop"))
        ),
        kind="application/x-ndjson",
    ),
    "events over several lines": plain(
        200,
        "data: " + json.dumps(WHOLE, indent=1).replace("\n", "\ndata: ") + "\n\ndata: [DONE]\n\n",
        kind="text/event-stream",
    ),
    "a byte order mark": plain(200, "\ufeff" + json.dumps(WHOLE)),
    "gzip": sent(200, "application/json", gzip.compress(json.dumps(WHOLE).encode()), encoding="gzip"),
}


@pytest.mark.parametrize("answer", ODD_TYPES.values(), ids=ODD_TYPES)
async def test_a_reply_is_read_by_what_it_is_and_not_by_its_content_type(server: ChatServer, answer: Answer) -> None:
    server.answers = [answer]

    async with running(server) as engine:
        reply = await engine.generate(asked())

    assert (reply.text, reply.finish_reason) == ("four", "stop")
    assert len(server.bodies) == 1
