"""A request in the words of an OpenAI-compatible chat completion: everything that is sent, and what may not be."""

from dataclasses import dataclass
from typing import Any, Literal

from data.json_object import EMPTY, JsonObject
from stages.engines.engine import Capability, Request

Extra = Literal[
    "seed",
    "random_seed",
    "top_k",
    "min_p",
    "repetition_penalty",
    "assistant_prefix",
    "running_usage",
    "max_completion_tokens",
]
"""What a server takes beyond the plainest chat."""

Omitted = Literal[
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "stop",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
    "chat_template_kwargs",
    "stream",
    "stream_options",
]
"""What a server may refuse, and is then not sent."""

TEMPLATE = "chat_template_kwargs"
EFFORT = "reasoning_effort"

SET_ELSEWHERE = {
    "model": "`model` of the engine",
    "messages": "the run's prompt",
    "prompt": "the run's prompt",
    "stream": "nothing, or `omit: [stream]` for whole replies",
    "stream_options": "nothing, `omit: [stream_options]`, or `accepts: [running_usage]`",
    "temperature": "`sampling.temperature`, or `omit: [temperature]`",
    "top_p": "`sampling.top_p`, or `omit: [top_p]`",
    "top_k": "`sampling.top_k`, with `accepts: [top_k]`",
    "min_p": "`sampling.min_p`, with `accepts: [min_p]`",
    "presence_penalty": "`sampling.presence_penalty`",
    "frequency_penalty": "`sampling.frequency_penalty`",
    "repetition_penalty": "`sampling.repetition_penalty`, with `accepts: [repetition_penalty]`",
    "max_tokens": "`sampling.max_tokens`",
    "max_completion_tokens": "`sampling.max_tokens`, with `accepts: [max_completion_tokens]`",
    "stop": "`sampling.stop`",
    "seed": "`seed` of the run",
    "random_seed": "`seed` of the run, with `accepts: [random_seed]`",
    "n": "how many samples the method draws: a request asks for one reply",
    "best_of": "how many samples the method draws: a request asks for one reply",
    "continue_final_message": "`sampling.on_truncated: continue`",
    "add_generation_prompt": "`sampling.on_truncated: continue`",
}
"""Fields of a body that are ours, and where a run file says them."""


@dataclass(frozen=True)
class ChatBody:
    """Writes requests for one server."""

    model: str
    accepts: frozenset[Extra] = frozenset()
    omit: frozenset[Omitted] = frozenset()
    extra_body: JsonObject = EMPTY
    reasoning_effort: str | None = None

    def write(self, request: Request, *, counted: bool) -> dict[str, Any]:
        """Return the JSON that asks for a reply, its tokens `counted` while they come.

        The running count is asked for only where it is used: it cost `vllm serve` a fifth of its speed on a small
        model.
        """
        sampling = request.sampling
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        counts = {"continuous_usage_stats": True} if counted and "running_usage" in self.accepts else {}
        wished = {
            "stream": True,
            "stream_options": {"include_usage": True} | counts,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "presence_penalty": sampling.presence_penalty,
            "frequency_penalty": sampling.frequency_penalty,
            "repetition_penalty": sampling.repetition_penalty,
            "max_tokens": sampling.max_tokens,
            "stop": list(sampling.stop) or None,
            "seed": request.seed if self.sends_seed else None,
            EFFORT: request.template_args.get(EFFORT, self.reasoning_effort),
            TEMPLATE: self._template_args(request),
        }
        left_out = self.omit | ({"stream_options"} if "stream" in self.omit else set())
        sent = {name: value for name, value in wished.items() if value is not None and name not in left_out}
        if "max_completion_tokens" in self.accepts and "max_tokens" in sent:
            sent["max_completion_tokens"] = sent.pop("max_tokens")
        if "random_seed" in self.accepts and "seed" in sent:
            sent["random_seed"] = sent.pop("seed")
        if request.assistant_prefix is not None:
            messages.append({"role": "assistant", "content": request.assistant_prefix})
            sent |= {"continue_final_message": True, "add_generation_prompt": False}
        return self.extra_body.copied() | {"model": self.model, "messages": messages} | sent

    def _template_args(self, request: Request) -> dict[str, Any] | None:
        """Return the arguments of the chat template: those of every request, and over them this one's own.

        An effort is sent both in them and as a field: templates that read it (llama.cpp before b10434) know it by
        the one, servers that write gpt-oss's prompt themselves (vLLM, SGLang) and vendors by the other. A server that
        refuses either says so in `omit`.
        """
        if not request.template_args:
            return None
        return {**self.extra_body.copied().get(TEMPLATE, {}), **JsonObject(request.template_args).copied()}

    def lacking(self, request: Request) -> list[Capability]:
        """Return what the request needs and the server does not take, which it would pass over in silence."""
        missing = set(request.needs - self.capabilities)
        if TEMPLATE in self.omit and set(request.template_args) - {EFFORT}:
            missing.add("template_args")
        return sorted(missing)

    @property
    def capabilities(self) -> frozenset[Capability]:
        """Return what requests may use."""
        named: tuple[Capability, ...] = ("top_k", "min_p", "repetition_penalty", "assistant_prefix")
        plain: tuple[Capability, ...] = ("stream", "stop", "presence_penalty", "frequency_penalty", "template_args")
        able = {*plain, *(one for one in named if one in self.accepts)} - self.omit
        if self.sends_seed:
            able.add("seed")
        return frozenset(able - {"template_args"} if self.omit >= {TEMPLATE, EFFORT} else able)

    def reply_settings(self) -> dict[str, Any]:
        """Return what of this changes replies: how they travel does not."""
        unsent = self.omit - {"stream", "stream_options", "seed"} | (set() if self.sends_seed else {"seed"})
        given = {"extra_body": self.extra_body.copied(), EFFORT: self.reasoning_effort, "unsent": sorted(unsent)}
        return {name: value for name, value in given.items() if value}

    @property
    def sends_seed(self) -> bool:
        """Return whether a request's own seed is sent."""
        return bool({"seed", "random_seed"} & self.accepts) and "seed" not in self.omit
