"""An OpenAI-compatible server that counts what is asked of it and answers as told, faults included."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

Answer = Callable[["ChatServer", web.Request], Awaitable[web.StreamResponse]]
USAGE = {"prompt_tokens": 11, "completion_tokens": 7}


def event(delta: dict[str, Any] | None, finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return b"data: " + json.dumps({"choices": choices, "usage": usage}).encode() + b"\n\n"


def events(*pieces: str, finish: str = "stop", usage: dict[str, int] | None = USAGE) -> list[bytes]:
    said = [event({"content": piece}) for piece in pieces]
    return [*said, event({}, finish), event(None, usage=usage), b"data: [DONE]\n\n"]


def stream(*chunks: bytes) -> Answer:
    """Send these bytes and end the stream."""

    async def answer(server: "ChatServer", request: web.Request) -> web.StreamResponse:
        response = await _open(request)
        for chunk in chunks[:-1]:
            await response.write(chunk)
        server.in_flight -= 1
        await response.write(chunks[-1])
        await response.write_eof()
        return response

    return answer


def said(*pieces: str, finish: str = "stop", usage: dict[str, int] | None = USAGE) -> Answer:
    """Reply with these pieces of text."""
    return stream(*events(*pieces, finish=finish, usage=usage))


def drop_after(*chunks: bytes) -> Answer:
    """Send these bytes and break the connection."""

    async def answer(server: "ChatServer", request: web.Request) -> web.StreamResponse:
        response = await _open(request)
        for chunk in chunks:
            await response.write(chunk)
        assert request.transport is not None
        request.transport.abort()
        server.in_flight -= 1
        return response

    return answer


def endless(piece: str, usage: dict[str, int] | None = None) -> Answer:
    """Send the piece again and again until the client hangs up."""

    async def answer(server: "ChatServer", request: web.Request) -> web.StreamResponse:
        response = await _open(request)
        try:
            while True:
                await response.write(event({"content": piece}, usage=usage))
                await asyncio.sleep(0)
        finally:
            server.in_flight -= 1
            server.hung_up.set()

    return answer


def hang() -> Answer:
    """Take the request and say nothing until the server closes."""

    async def answer(server: "ChatServer", request: web.Request) -> web.StreamResponse:
        await server.closing.wait()
        return web.Response(status=503)

    return answer


def plain(status: int, body: Any = "", headers: dict[str, str] | None = None, kind: str = "application/json") -> Answer:
    """Answer without a stream."""

    async def answer(server: "ChatServer", request: web.Request) -> web.StreamResponse:
        server.in_flight -= 1
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(status=status, text=text, headers=headers, content_type=kind)

    return answer


async def _open(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await response.prepare(request)
    return response


class ChatServer:
    """Answers the n-th request with the n-th of `answers`, further ones with the last."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [said("four")]
        self.bodies: list[Any] = []
        self.keys: list[str | None] = []
        self.headers: list[Mapping[str, str]] = []
        self.queries: list[Mapping[str, str]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.crowd = 0
        """Requests wait until this many have come."""
        self.crowded = asyncio.Event()
        self.closing = asyncio.Event()
        self.hung_up = asyncio.Event()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._chat)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=4096).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        self.closing.set()
        await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        self.headers.append(request.headers.copy())
        self.queries.append(dict(request.query))
        answer = self.answers[min(len(self.bodies), len(self.answers)) - 1]
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        if self.in_flight >= self.crowd:
            self.crowded.set()
        await self.crowded.wait()
        return await answer(self, request)
