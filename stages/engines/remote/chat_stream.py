"""A chat completion, streamed or whole, gathered into a reply while it arrives.

Read from the bytes: building a checked object for every chunk costs more than all the rest of a request. What the
bytes are is told by how they begin; servers send JSON and streams under all kinds of content types.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from data.finish_reasons import FinishReason, NotWhole, finish_reason
from data.thinking.turn import THINK, read_turn, write_turn
from stages.engines.engine import RequestFailed
from stages.engines.faults import MAX_DETAIL, TryFailed, is_overload, stream_fault
from stages.engines.remote.chat_message import Said
from stages.engines.remote.chat_usage import Count, Usage

MAX_LINE_BYTES = 8 << 20
"""No event of a chat is near this long; a server that sends one is not understood."""
OVER = 8
"""A server that ignores `max_tokens` is cut off after so many times as many pieces; one piece may be a letter."""
OVER_CHARACTERS = 32
"""... or after so many characters a token."""
OVER_ROOM = 4096
BYTES_A_TOKEN = 4096
"""What a server may send for one token, around its text: ids, filters, padding."""
DOCUMENT_BYTES_A_TOKEN = 256
"""The same where the whole reply comes as one document, and is held."""
ROOM_BYTES = 4 << 20
UNBOUNDED_TOKENS = 1 << 17
MAX_EVENT_LINES = 64
EXCERPT = 80


@dataclass
class Received:
    """What has come of one try so far."""

    max_tokens: int | None = None
    """What was asked for; a reply far beyond it is cut off here."""
    redact: Callable[[str], str] = str
    """Takes keys out of what the server wrote."""
    said: Said = field(default_factory=Said)
    usage: Usage = field(default_factory=Usage)
    finish: str | None = None
    """The last finish reason that said something."""
    chunks: int = 0
    """Chunks that held text."""
    received_bytes: int = 0
    choices: bool = False
    """Whether there was a choice at all."""
    done: bool = False
    """Whether the server said that nothing more comes."""
    stopped: bool = False
    """Whether it was ended from this side, as nobody wanted the rest."""
    over: bool = False
    """Whether it was ended from this side, as it was far longer than asked for."""
    _rest: list[bytes] = field(default_factory=list)
    _rest_bytes: int = 0
    _is_document: bool | None = None
    _open_event: bytes = b""
    """What there is so far of an event whose JSON is spread over several lines."""

    @property
    def tokens(self) -> int:
        """Tokens generated so far, as far as is known."""
        return self.count().tokens

    @property
    def so_far(self) -> int:
        """Tokens that have come, while they come: as the server counts them on the way, else one a chunk."""
        return self.usage.completion or self.chunks

    @property
    def prompt_tokens(self) -> int:
        return self.usage.prompt or 0

    def count(self) -> Count:
        """Return how many tokens the reply has."""
        said, answer = self.said, str(self.said.answer)
        shown = bool(said.reasoning) and not said.is_summary
        if not shown and self.usage.reasoning:  # where tokens of reasoning are told and none is seen, look closely
            shown = read_turn(answer).reasoning is not None
        return self.usage.count(answer, said.reasoning, self.chunks, self.max_tokens, shows_reasoning=shown)

    def text(self, assistant_prefix: str | None) -> str:
        """Return the text of the reply, with reasoning from a field of its own between its marks."""
        content, reasoning = str(self.said.answer), self.said.reasoning
        if reasoning:
            content = _with_reasoning(reasoning, content, assistant_prefix or "")
        return self.redact(_without_lone_surrogates(content))

    def end(self) -> FinishReason:
        """Return how the reply ended.

        Raises:
            TryFailed: it is not whole.
            RequestFailed: the server withheld it (`content_filter`, `tool_calls`) or ended it in a way unknown here.
        """
        said = self.said
        ending = finish_reason(self.finish) if self.finish else None
        if ending is None and self.done and self.choices and not self.stopped and (said.size or self.usage.generated):
            # Some servers never fill the field; whoever ends the stream in order has sent all there is.
            ending = "length" if self.max_tokens is not None and self.so_far >= self.max_tokens else "stop"
        if ending in ("stop", "length"):
            if said.answer.size or said.reasoning:
                return ending
            if said.refusal.size:
                raise RequestFailed("refusal", self.redact(str(said.refusal))[:MAX_DETAIL])
            if said.tools:
                raise RequestFailed("tool_calls", self.redact(", ".join(said.tools))[:MAX_DETAIL])
            return ending
        if self.over:
            return "length"
        if self.stopped:
            return "cancelled"
        if ending is None and not self.choices:
            raise TryFailed("empty_choices", "an answer without a choice")
        if isinstance(ending, NotWhole) and not ending.passing:
            raise RequestFailed(ending.reason, self.redact(self._why_not()))
        word = f", finish reason {self.finish!r:.60}" if self.finish else ""
        raise TryFailed("broken_stream", f"ended after {self.tokens} tokens{word}", overload=is_overload(word))

    def _why_not(self) -> str:
        told = str(self.said.refusal) or ", ".join(self.said.tools) or str(self.said.answer)
        return f"finish reason {self.finish!r:.60}" + (f": {told[:MAX_DETAIL]}" if told else "")

    @property
    def most_bytes(self) -> int:
        """How much a server may send."""
        each = DOCUMENT_BYTES_A_TOKEN if self._is_document else BYTES_A_TOKEN
        return ROOM_BYTES + each * min(self.max_tokens or UNBOUNDED_TOKENS, UNBOUNDED_TOKENS)

    def feed(self, chunk: bytes) -> bool:
        """Take in bytes of the answer; return whether there was any text in them.

        Raises:
            TryFailed: they are no chat completion, tell of an error, or are too many.
        """
        self.received_bytes += len(chunk)
        if self._is_document is None:
            chunk = self._begin(chunk)
        if self.received_bytes > self.most_bytes and not self.done:
            raise TryFailed("oversized", f"over {self.most_bytes:,} bytes for {self.max_tokens} tokens")
        if self._is_document is not False or b"\n" not in chunk:
            self._keep(chunk)
            return False
        lines = b"".join((*self._rest, chunk)).split(b"\n")
        self._rest, self._rest_bytes = [lines[-1]], len(lines[-1])
        before = self.chunks
        for line in lines[:-1]:
            self._line(line.rstrip(b"\r"))
        return self.chunks > before

    def _begin(self, chunk: bytes) -> bytes:
        """Find out what this is, and return all bytes so far."""
        chunk = b"".join((*self._rest, chunk)).removeprefix(b"\xef\xbb\xbf").lstrip()
        self._rest, self._rest_bytes = [], 0
        if chunk[:1] == b"<":
            raise TryFailed("wrong_content_type", f"a page: {self._excerpt(chunk)}")
        if chunk[:1]:
            self._is_document = chunk[:1] in b"{["
        return chunk

    def _keep(self, chunk: bytes) -> None:
        self._rest.append(chunk)
        self._rest_bytes += len(chunk)
        if not self._is_document and self._rest_bytes > MAX_LINE_BYTES:
            raise TryFailed("malformed_json", f"a line of over {MAX_LINE_BYTES:,} bytes")

    def close(self) -> None:
        """Note that nothing more comes.

        Raises:
            TryFailed: what came is no chat completion, or tells of an error.
        """
        rest, self._rest = b"".join(self._rest), []
        if not self._is_document:
            if rest.strip():
                self._line(rest.strip())
            return
        try:
            json.loads(rest)
        except ValueError as error:
            lines = [line for line in rest.split(b"\n") if line.strip()]
            if "Extra data" not in str(error) or len(lines) < 2:
                raise TryFailed("malformed_json", self._excerpt(rest)) from None
            for line in lines:  # JSON lines, as Ollama streams them
                self.take(line, "delta")
            return
        except RecursionError:
            raise TryFailed("malformed_json", self._excerpt(rest)) from None
        self.take(rest, "message")
        self.done = True

    def _line(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            if not line and self._open_event:
                raise TryFailed("malformed_json", self._excerpt(self._open_event))
            return
        data = line[5:].strip()
        if data == b"[DONE]":
            self.done = True
        elif data:
            self.take(self._open_event + data, "delta", may_go_on=True)

    def take(self, data: bytes, part: str, *, may_go_on: bool = False) -> None:
        """Take in one JSON object whose choice holds its text in `part`.

        Raises:
            TryFailed: it is no chat completion, or tells of an error.
        """
        try:
            event = json.loads(data)
        except ValueError as error:
            if may_go_on and data[:1] == b"{" and data.count(b"\n") < MAX_EVENT_LINES and len(data) < MAX_LINE_BYTES:
                self._open_event = data + b"\n"
                return
            raise TryFailed("malformed_json", self._excerpt(data)) from error
        except RecursionError as error:
            raise TryFailed("malformed_json", self._excerpt(data)) from error
        self._open_event = b""
        try:
            self._event(event, part)
        except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise TryFailed("malformed_json", f"{error}: {self._excerpt(data)}") from error

    def _event(self, event: dict[str, Any], part: str) -> None:
        if fault := stream_fault(event):
            raise fault
        self.usage.take(event.get("usage"))
        self.usage.take((event.get("x_groq") or {}).get("usage"))
        self.usage.take(event.get("timings"))
        for choice in event.get("choices") or ():
            if choice.get("index") in (0, None):  # one reply is asked for; what a server adds is not joined to it
                self._choice(choice, part)

    def _choice(self, choice: dict[str, Any], part: str) -> None:
        self.choices = True
        if choice.get("error") and (fault := stream_fault({"error": choice["error"]})):
            raise fault
        self.usage.take(choice.get("usage"))
        other = "message" if part == "delta" else "delta"
        message = choice.get(part)
        if message is None and not self.said.size:  # a whole message in a stream, or after it once more
            message = choice.get(other)
        if message is None and isinstance(choice.get("text"), str):
            message = {"content": choice["text"]}
        if message and not isinstance(message, Mapping):
            raise TypeError(f"{part} is {type(message).__name__}")
        if message and self.said.take(message):
            self.chunks += 1
            limit = self.max_tokens or UNBOUNDED_TOKENS
            self.over = self.chunks > OVER * limit + OVER_ROOM or self.said.size > OVER_CHARACTERS * limit + OVER_ROOM
        word = choice.get("finish_reason") or choice.get("finishReason")
        if isinstance(word, Mapping):
            word = word.get("type")
        if word:
            if not isinstance(word, str):
                raise TypeError(f"finish_reason is {type(word).__name__}")
            if finish_reason(word) is not None:
                self.finish = self.redact(word[:200])

    def _excerpt(self, data: bytes) -> str:
        return repr(self.redact(data[: 8 * EXCERPT].decode("utf-8", "replace"))[:EXCERPT])


def _with_reasoning(reasoning: str, content: str, assistant_prefix: str) -> str:
    """Join the two in the one written form; a reply without an answer has no end mark, as if it came in one field."""
    thought = read_turn(reasoning)
    if thought.reasoning is not None and not (thought.answer or "").strip():
        reasoning = thought.reasoning  # a field of its own, and marks in it
    turn = read_turn(content)
    if turn.reasoning is not None and " ".join(turn.reasoning.split()) == " ".join(reasoning.split()):
        content = turn.answer or ""  # the same once more, between marks (MiniMax: can1357/oh-my-pi#2434)
    answer = content.lstrip("\n") or None
    inside = assistant_prefix.rfind(THINK.open) > assistant_prefix.rfind(THINK.close)
    if not inside:
        return write_turn(reasoning, answer)
    return reasoning if answer is None else f"{reasoning.rstrip()}\n{THINK.close}\n\n{answer}"


def _without_lone_surrogates(text: str) -> str:
    """Join surrogate pairs that were split between chunks and replace single ones: they cannot be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
