"""Scripted servers that take, refuse and reply as vendors do, by their documentation and by public reports."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.stages.engines.servers import Answer, ChatServer, plain, stream

Refusal = tuple[int, Any]
"""Status and body."""


def openai_unsupported(name: str, code: str = "unsupported_parameter") -> Refusal:
    told = f"Unsupported parameter: '{name}' is not supported with this model."
    if code == "unsupported_value":
        told = (
            f"Unsupported value: '{name}' does not support this value with this model. Only the default is supported."
        )
    return 400, {"error": {"message": told, "type": "invalid_request_error", "param": name, "code": code}}


def openai_unknown(name: str) -> Refusal:
    told = f"Unrecognized request argument supplied: {name}"
    return 400, {"error": {"message": told, "type": "invalid_request_error", "param": None, "code": None}}


def pydantic_extra(name: str, status: int = 422) -> Refusal:
    detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted", "input": 1}]
    return status, {"object": "error", "message": {"detail": detail}, "type": "invalid_request_error", "code": None}


def groq_unsupported(name: str) -> Refusal:
    return 400, {"error": {"message": f"property '{name}' is unsupported", "type": "invalid_request_error"}}


def google_unknown(name: str) -> Refusal:
    told = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    return 400, [{"error": {"code": 400, "message": told, "status": "INVALID_ARGUMENT"}}]


def xai_unsupported(name: str) -> Refusal:
    return 400, {"code": "Client specified an invalid argument", "error": f"Model does not support parameter {name}."}


@dataclass
class Vendor:
    """Takes what it knows, refuses what it refuses, and replies in its own way."""

    deltas: Sequence[Mapping[str, Any]] = ({"content": "2 and 2 is 4. \\boxed{4}"},)
    """What comes, piece by piece."""
    refuses: Mapping[str, Refusal] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    """All that it knows; any other parameter is refused by `unknown`. Empty where it passes over what it does not."""
    unknown: Any = openai_unknown
    wants: Mapping[str, Any] = field(default_factory=dict)
    """Parameters without which it does something else."""
    header: tuple[str, str] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 9, "completion_tokens": 21})
    first: bytes = b""
    """What comes before anything else."""
    finish: str = "stop"

    async def __call__(self, server: ChatServer, request: web.Request) -> web.StreamResponse:
        body = server.bodies[-1]
        if self.header is not None and request.headers.get(self.header[0]) != self.header[1]:
            return await plain(401, {"error": {"message": "Access denied", "code": "401"}})(server, request)
        if dict(request.query) != self.query:
            return await plain(404, {"error": {"message": "Resource not found", "code": "404"}})(server, request)
        refused = [self.refuses[name] for name in body if name in self.refuses]
        refused += [self.unknown(name) for name in body if self.only and name not in self.only | PLAINEST]
        if refused:
            return await plain(*refused[0])(server, request)
        for name, value in self.wants.items():
            assert body.get(name) == value, f"{name} should be {value!r}: {body}"
        return await (self._streamed(body) if body.get("stream") else self._whole())(server, request)

    def _streamed(self, body: Mapping[str, Any]) -> Answer:
        events: list[Any] = [
            {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in self.deltas
        ]
        events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": self.finish}]})
        if "stream_options" in body or "stream_options" in self.refuses:
            events.append({"choices": [], "usage": self.usage})
        sent = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
        return stream(*([self.first] if self.first else []), *sent, b"data: [DONE]\n\n")

    def _whole(self) -> Answer:
        message: dict[str, Any] = {"role": "assistant"}
        for delta in self.deltas:
            for name, value in delta.items():
                message[name] = message[name] + value if name in message else value
        choice = {"index": 0, "message": message, "finish_reason": self.finish}
        return plain(200, {"choices": [choice], "usage": self.usage})


PLAINEST = frozenset({"model", "messages", "stream"})

THOUGHT, ANSWER = "Two and two.", "The answer is \\boxed{4}."


def thinking_in(name: str) -> tuple[Mapping[str, Any], ...]:
    """Return pieces whose reasoning has a field of its own."""
    return ({name: "Two and "}, {name: "two."}, {"content": ANSWER})


_OPENAI = """
frequency_penalty logit_bias max_completion_tokens max_tokens n presence_penalty reasoning_effort
response_format seed stop stream_options temperature top_p user
"""
OPENAI = frozenset(_OPENAI.split())
AZURE_FIRST = b'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}\n\n'

VENDORS: Mapping[str, Vendor] = {
    "vllm": Vendor(thinking_in("reasoning"), wants={"chat_template_kwargs": {"enable_thinking": False}}),
    "sglang": Vendor(thinking_in("reasoning_content"), wants={"chat_template_kwargs": {"thinking": True}}),
    "llama_cpp": Vendor(thinking_in("reasoning_content"), wants={"chat_template_kwargs": {"reasoning_effort": "low"}}),
    "ollama": Vendor(thinking_in("reasoning"), wants={"reasoning_effort": "high"}),
    "openrouter": Vendor(
        thinking_in("reasoning"),
        first=b": OPENROUTER PROCESSING\n\n",
        header=("Authorization", "Bearer the-key"),
        wants={"reasoning": {"effort": "high"}},
    ),
    "deepseek": Vendor(
        thinking_in("reasoning_content"),
        header=("Authorization", "Bearer the-key"),
        wants={"thinking": {"type": "enabled"}, "reasoning_effort": "high", "temperature": None, "seed": None},
    ),
    "together": Vendor(
        ({"content": f"<think>\n{THOUGHT}\n</think>\n\n"}, {"content": ANSWER}),
        header=("Authorization", "Bearer the-key"),
    ),
    "mistral": Vendor(
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Two and "}]}]},
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "two."}]}]},
            {"content": ANSWER},
        ),
        only=OPENAI - {"stream_options", "seed"} | {"random_seed", "reasoning_effort", "safe_prompt"},
        refuses={"stream_options": pydantic_extra("stream_options"), "seed": pydantic_extra("seed")},
        unknown=pydantic_extra,
        header=("Authorization", "Bearer the-key"),
        wants={"reasoning_effort": "high", "random_seed": 5},
    ),
    "openai_reasoning": Vendor(
        ({"content": ANSWER},),
        only=OPENAI,
        refuses={name: openai_unsupported(name) for name in ("temperature", "top_p", "max_tokens", "stop")},
        header=("Authorization", "Bearer the-key"),
        usage={
            "prompt_tokens": 9,
            "completion_tokens": 21,
            "completion_tokens_details": {"reasoning_tokens": 12},
        },
        wants={"reasoning_effort": "low", "max_completion_tokens": 50},
    ),
    "azure": Vendor(
        ({"content": ANSWER},),
        first=AZURE_FIRST,
        only=OPENAI,
        header=("api-key", "the-key"),
        query={"api-version": "2024-10-21"},
    ),
}
"""By the name of its file in `examples/engines`."""
