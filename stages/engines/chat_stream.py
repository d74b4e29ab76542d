"""Server-sent events of a chat completion, gathered into a reply while they arrive.

Read from the bytes: building a checked object for every chunk costs more than all the rest of a request.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from data.prompts import END_THINK, THINK
from stages.engines.engine import FinishReason, RequestFailed
from stages.engines.faults import TryFailed, stream_fault

ENDS: dict[str, FinishReason] = {"stop": "stop", "eos": "stop", "length": "length", "max_tokens": "length"}
BROKEN_ENDS = ("abort", "error")
"""What servers write when they, not the model, ended a reply."""
MAX_REASON = 40
MAX_LINE_BYTES = 16 << 20
"""No event of a chat is near this long; a server that sends one is not understood."""


@dataclass
class Received:
    """What has come of one try so far."""

    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    finish: str | None = None
    chunks: int = 0
    """Chunks that held text: a lower bound of the tokens, as a server may pack several into one."""
    counted: int = 0
    """Tokens generated, as the server counts them."""
    prompt_tokens: int = 0
    choices: bool = False
    """Whether there was a choice at all."""
    done: bool = False
    """Whether the server said that nothing more comes."""
    stopped: bool = False
    """Whether it was ended from this side, as nobody wanted the rest."""
    _rest: bytes = b""

    @property
    def tokens(self) -> int:
        """Tokens generated so far, as far as is known."""
        return max(self.counted, self.chunks)

    def text(self, assistant_prefix: str | None) -> str:
        """Return the text of the reply, with reasoning from a field of its own between its marks."""
        content = "".join(self.content)
        if self.reasoning:
            content = _with_reasoning("".join(self.reasoning), content, assistant_prefix or "")
        return _without_lone_surrogates(content)

    def end(self) -> FinishReason:
        """Return how the reply ended.

        Raises:
            TryFailed: it is not whole.
            RequestFailed: the server withheld it (`content_filter`, `tool_calls`) or ended it in a way unknown here.
        """
        if self.finish in ENDS:
            return ENDS[self.finish]
        if self.stopped:
            return "cancelled"
        if self.finish is None and not self.choices:
            raise TryFailed("empty_choices", "an answer without a choice")
        if self.finish is None or self.finish in BROKEN_ENDS:
            raise TryFailed("broken_stream", f"ended after {self.tokens} tokens")
        raise RequestFailed(self.finish[:MAX_REASON])

    def feed(self, chunk: bytes) -> bool:
        """Take in bytes of the stream; return whether there was any text in them.

        Raises:
            TryFailed: they are no chat completion, or tell of an error.
        """
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE_BYTES:
            raise TryFailed("malformed_json", f"a line of over {MAX_LINE_BYTES:,} bytes")
        before = self.chunks
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:].strip())
        return self.chunks > before

    def _event(self, data: bytes) -> None:
        if data == b"[DONE]":
            self.done = True
        elif data:
            self.take(data, "delta")

    def take(self, data: bytes, part: str) -> None:
        """Take in one JSON object whose choice holds its text in `part`.

        Raises:
            TryFailed: it is no chat completion, or tells of an error.
        """
        try:
            event = json.loads(data)
            if event.get("error"):
                raise stream_fault(event["error"])
            self._count(event.get("usage"))
            for choice in event.get("choices") or ():
                self._choice(choice, part)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise TryFailed("malformed_json", f"{data[:80]!r}") from error

    def _count(self, usage: dict[str, Any] | None) -> None:
        if usage:
            self.counted = int(usage.get("completion_tokens") or 0)
            self.prompt_tokens = int(usage.get("prompt_tokens") or 0)

    def _choice(self, choice: dict[str, Any], part: str) -> None:
        self.choices = True
        said = choice.get(part) or {}
        content = said.get("content") or ""
        reasoning = said.get("reasoning_content") or said.get("reasoning") or ""
        if content:
            self.content.append(_text(content))
        if reasoning:
            self.reasoning.append(_text(reasoning))
        self.chunks += bool(content or reasoning)
        self.finish = _text(choice.get("finish_reason") or "") or self.finish


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text is {type(value).__name__}")
    return value


def _with_reasoning(reasoning: str, content: str, assistant_prefix: str) -> str:
    """Join the two; a reply cut off inside its reasoning has no end mark, as if it had come in one field."""
    inside = THINK in assistant_prefix and END_THINK not in assistant_prefix
    opened = reasoning if inside else f"{THINK}\n{reasoning.strip(chr(10))}"
    return f"{opened.rstrip(chr(10))}\n{END_THINK}\n{content.lstrip(chr(10))}" if content else opened


def _without_lone_surrogates(text: str) -> str:
    """Join surrogate pairs that were split between chunks and replace single ones: they cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
