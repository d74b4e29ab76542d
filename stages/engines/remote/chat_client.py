"""One streamed chat completion over the `openai` client's aiohttp transport, tried once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import aiohttp
import httpx2
import openai

from data.errors import EngineError
from data.secrets import redactor
from stages.engines.engine import KeepGoing, RequestFailed
from stages.engines.faults import Fault, TryFailed, status_fault
from stages.engines.remote.address import is_loopback
from stages.engines.remote.chat_stream import Received
from stages.engines.remote.headers import Envelope

DROPPED = (openai.APIConnectionError, httpx2.HTTPError, aiohttp.ClientError, OSError)
"""What a connection that broke looks like, depending on when it did."""
IDLE_SECONDS = 3.0
"""An unused connection is closed before usual servers close it (uvicorn: 5 s), or a request goes into the void."""
DRAIN_SECONDS = 0.5
"""After its last event a stream ends; a connection on which it does not is not kept."""
GREET_SECONDS = 60.0
PLAIN_BYTES = 64 << 10
"""Read of an answer that is no reply: an error says what it has to say in less, and some never end."""


class BoundedClient(openai.DefaultAioHttpClient):
    """Hands on replies as they come, and of anything else no more than its beginning."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        response = await super().send(request, **{**options, "stream": True})
        if request.method == "POST" and response.is_success:
            return response
        kept = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                kept += chunk[: PLAIN_BYTES - len(kept)]
                if len(kept) >= PLAIN_BYTES:
                    break
        finally:
            await response.aclose()
        headers = {
            name: value
            for name, value in response.headers.items()
            if name not in ("content-encoding", "content-length", "transfer-encoding")
        }
        return httpx2.Response(response.status_code, headers=headers, content=bytes(kept), request=request)


class ChatClient:
    """Sends requests to one server, with as many connections as `concurrency`; never follows a redirect."""

    def __init__(
        self, base_url: str, envelope: Envelope, concurrency: int, timeout_seconds: float, reply_seconds: float
    ) -> None:
        self._where = base_url
        self.redact = redactor(envelope.secrets)
        """Takes keys out of whatever came from the server, which may echo them."""
        self._silence = timeout_seconds
        self._whole = reply_seconds
        # Without a limit the transport falls back to aiohttp's 100 connections.
        limits = httpx2.Limits(max_connections=concurrency, keepalive_expiry=IDLE_SECONDS)
        self._openai = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=envelope.key or "none",
            default_headers=envelope.headers,
            default_query=envelope.query,
            max_retries=0,
            timeout=None,
            http_client=BoundedClient(
                limits=limits,
                timeout=None,
                follow_redirects=False,
                trust_env=not is_loopback(base_url),  # a proxy serves the way out, not this machine
            ),
        )
        authorised = envelope.key or any(name.lower() == "authorization" for name in envelope.headers)
        self._options: openai.RequestOptions = {} if authorised else {"headers": {"Authorization": openai.Omit()}}

    async def greet(self) -> None:
        """Return when the server answers anything at all.

        Raises:
            EngineError: nothing answers there.
        """
        try:
            async with asyncio.timeout(GREET_SECONDS):
                await self._openai.get("/models", cast_to=object, options=self._options)
        except (openai.APIStatusError, openai.APIResponseValidationError, ValueError):
            return  # some servers list no models, or not with every key; a request will tell
        except (TimeoutError, *DROPPED) as error:
            raise EngineError(
                f"nothing answers at {self._where} ({self.redact(_plain(error))}): start the server, or mend `base_url`"
            ) from error

    async def ask(self, body: dict[str, Any], received: Received, keep_going: KeepGoing) -> None:
        """Gather the reply in `received`, until it ends or `keep_going`, called as text comes, returns False.

        Raises:
            TryFailed: it broke and may be tried again; `received` holds what had come.
            RequestFailed: the server refuses this request.
            EngineError: the server would refuse every request.
        """
        end = asyncio.get_running_loop().time() + self._whole
        try:
            async with asyncio.timeout(min(self._silence, self._whole)) as deadline, self._stream(body) as response:
                await self._read(response, received, keep_going, deadline, end)
        except openai.APIStatusError as error:
            # Not chained: the client's error holds the request, key included.
            raise self._refused(error) from None
        except TimeoutError as error:
            if not received.done:
                late = asyncio.get_running_loop().time() >= end
                what = f"not whole after {self._whole:g} s" if late else f"no token for {self._silence:g} s"
                raise TryFailed("timeout", what) from error
        except DROPPED as error:
            if not received.done:
                reason = "broken_stream" if received.choices else "connection"
                raise TryFailed(reason, self.redact(_plain(error))) from error
        except TryFailed as failure:
            raise TryFailed(
                failure.reason, self.redact(failure.detail), failure.retry_after, overload=failure.overload
            ) from None
        except RequestFailed as failure:
            raise RequestFailed(failure.reason, self.redact(failure.detail)) from None
        except EngineError as failure:
            raise EngineError(*map(self.redact, failure.faults)) from None

    @asynccontextmanager
    async def _stream(self, body: dict[str, Any]) -> AsyncIterator[httpx2.Response]:
        async with aclosing(await self._post(body)) as stream:
            yield stream.response

    async def _post(self, body: dict[str, Any]) -> openai.AsyncStream[object]:
        # Not `chat.completions.create`: walking its parameters' types takes longer than all the rest (1.3 ms, not 0.8).
        return await self._openai.post(
            "/chat/completions",
            cast_to=object,
            body=body,
            options=self._options,
            stream=True,
            stream_cls=openai.AsyncStream[object],
        )

    async def _read(
        self,
        response: httpx2.Response,
        received: Received,
        keep_going: KeepGoing,
        deadline: asyncio.Timeout,
        end: float,
    ) -> None:
        now = asyncio.get_running_loop().time
        drains = False
        async for chunk in response.aiter_bytes():
            if received.feed(chunk) and not received.done:
                deadline.reschedule(min(now() + self._silence, end))
                if received.finish is None and (received.over or not keep_going(received.so_far)):
                    received.stopped = True
                    return
            if received.done and not drains:  # once: a server that goes on sending would be waited for for ever
                drains = True
                deadline.reschedule(now() + DRAIN_SECONDS)
        received.close()

    def _refused(self, error: openai.APIStatusError) -> Fault:
        told = error.body.get("message") or error.body.get("detail") if isinstance(error.body, Mapping) else None
        said = self.redact(" ".join(f"{told or error.response.text} {error.code or ''}".split()))
        headers = {name: self.redact(value) for name, value in error.response.headers.items()}
        return status_fault(error.status_code, said, headers, self._where)

    async def close(self) -> None:
        """Close every connection."""
        await self._openai.close()


def _plain(error: BaseException) -> str:
    """Return the innermost cause in one line: outer layers say no more than *Connection error*."""
    if isinstance(error, TimeoutError):
        return f"no answer in {GREET_SECONDS:g} s"
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
