"""What a message of a chat completion says: answer, reasoning, refusal, in every field and form that servers use.

Reasoning comes as text or as blocks, in `reasoning_content` (DeepSeek, SGLang, llama.cpp), `reasoning` (vLLM,
OpenRouter, Groq, Ollama), `reasoning_text`, `thinking` and `thinking_blocks` (Ollama, LiteLLM), `reasoning_details`
(OpenRouter, MiniMax), or among the chunks of `content` (Mistral). Several of them often say the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["answer", "reasoning", "summary", "refusal", "hidden"]

FIELDS: tuple[str, ...] = (
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "thought",
    "thinking_blocks",
    "reasoning_details",
)
"""Fields with reasoning. Where several are filled the longest is taken, of equal ones the first."""

_OF_BLOCK: tuple[tuple[str, Kind | None], ...] = (
    ("thinking", "reasoning"),
    ("reasoning", "reasoning"),
    ("reasoning_text", "reasoning"),
    ("reasoning_content", "reasoning"),
    ("summary", "summary"),
    ("refusal", "refusal"),
    ("text", None),
    ("content", None),
)
"""Where a block keeps its text, and what that text is; null where its `type` tells."""

SNAPSHOTS = 4
"""So many pieces, each of which holds the one before, are no pieces but the text so far (MiniMax streams like that)."""


def pieces(value: Any, kind: Kind = "answer") -> Iterator[tuple[Kind, str]]:
    """Yield the texts in a field, whether it is a text, a block or a list of them.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(value, str):
        yield kind, value
    elif isinstance(value, list):
        for item in value:
            yield from pieces(item, kind)
    elif isinstance(value, Mapping):
        yield from _block(value, kind)
    elif value is not None:
        raise TypeError(f"text is {type(value).__name__}")


def _block(block: Mapping[str, Any], kind: Kind) -> Iterator[tuple[Kind, str]]:
    name = str(block.get("type") or "")
    if "encrypted" in name or "redacted" in name:
        yield "hidden", ""
        return
    if "summary" in name:
        kind = "summary"
    elif name.startswith(("thinking", "reasoning", "thought")) or block.get("thought") is True:
        kind = "reasoning"
    for key, is_kind in _OF_BLOCK:
        if block.get(key) is not None:
            yield from pieces(block[key], "summary" if kind == "summary" else is_kind or kind)
            return
    if not name:
        raise TypeError("a block without type and text")


@dataclass
class Pieces:
    """A text that comes in pieces."""

    parts: list[str] = field(default_factory=list)
    size: int = 0
    """Characters so far."""
    _snapshots: int = 0
    """How many pieces in a row, from the first on, held the one before."""

    def add(self, piece: str) -> None:
        last = self.parts[-1] if self.parts else ""
        if self._snapshots >= 0:
            grows = len(piece) > len(last) and piece.startswith(last)
            self._snapshots = self._snapshots + 1 if grows else -1
        if self._snapshots >= SNAPSHOTS:
            self.parts, self.size = [piece], len(piece)
        else:
            self.parts.append(piece)
            self.size += len(piece)

    def __str__(self) -> str:
        return "".join(self.parts)


@dataclass
class Said:
    """What one choice has said so far."""

    answer: Pieces = field(default_factory=Pieces)
    refusal: Pieces = field(default_factory=Pieces)
    thoughts: dict[str, Pieces] = field(default_factory=dict)
    """Reasoning by the field it came in."""
    summaries: dict[str, Pieces] = field(default_factory=dict)
    is_hidden: bool = False
    """Whether there was reasoning that only the server can read."""
    tools: list[str] = field(default_factory=list)
    """Names of the tools it called."""

    @property
    def size(self) -> int:
        """Characters that came, those that came twice counted twice."""
        thoughts = sum(text.size for text in (*self.thoughts.values(), *self.summaries.values()))
        return self.answer.size + self.refusal.size + thoughts

    @property
    def reasoning(self) -> str:
        """The reasoning; a summary of it where there is nothing else."""
        texts = self.thoughts or self.summaries
        return str(max(texts.values(), key=lambda text: text.size)) if texts else ""

    @property
    def is_summary(self) -> bool:
        """Whether what there is of the reasoning is a summary, or a part that may be read."""
        thoughts = max((text.size for text in self.thoughts.values()), default=0)
        summaries = max((text.size for text in self.summaries.values()), default=0)
        # OpenRouter repeats a summary in `reasoning`, as plain text.
        return self.is_hidden or (summaries > 0 and summaries >= thoughts)

    def take(self, message: Mapping[str, Any]) -> bool:
        """Take in a message or a piece of one; return whether it held text.

        Raises:
            TypeError: a field is of no form known here.
        """
        came = self._texts("content", message.get("content"), "answer")
        nested = message.get("provider_specific_fields")
        for source in (message, nested if isinstance(nested, Mapping) else {}):
            for name in FIELDS:
                came |= self._texts(name, source.get(name), "reasoning")
        came |= self._texts("refusal", message.get("refusal"), "refusal")
        for call in message.get("tool_calls") or ([message["function_call"]] if message.get("function_call") else []):
            function = call.get("function") or call
            if function.get("name"):
                self.tools.append(str(function["name"])[:64])
        return came

    def _texts(self, name: str, value: Any, kind: Kind) -> bool:
        came = False
        for is_kind, text in pieces(value, kind):
            came |= bool(text)
            match is_kind:
                case "hidden":
                    self.is_hidden = True
                case _ if not text:
                    continue
                case "answer":
                    self.answer.add(text)
                case "refusal":
                    self.refusal.add(text)
                case "summary":
                    self.summaries.setdefault(name, Pieces()).add(text)
                case "reasoning":
                    self.thoughts.setdefault(name, Pieces()).add(text)
        return came
