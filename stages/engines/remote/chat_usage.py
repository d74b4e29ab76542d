"""How long a reply is, as its server tells, and whether that can be.

Servers tell nothing, zeros, only the answer without the reasoning (xAI, Gemini: vercel/ai#12425, Clarifai#978), or
put the counts elsewhere (Groq `x_groq`, Moonshot inside the choice, llama.cpp `timings`). A count that cannot be is
not used: whoever needs the length counts the text.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST = 1_000_000_000
"""No reply has so many tokens; a server that tells more sends no usage but nonsense."""
CHARACTERS_A_TOKEN = 24
"""No tokenizer puts so much into a token on the mean of a text; English has four, mathematics three."""
CHARACTERS_OF_PROSE = 8
"""Nor this much, in prose: a count that fits the answer alone is taken for one without the reasoning."""
UNSEEN = 32
"""Tokens that may stand in a reply and not in its text: its end, marks of channels and turns."""
BYTES_A_TOKEN = 6
"""What a text is reckoned at that nobody has counted, so that a budget does not take it for nothing."""


@dataclass(frozen=True)
class Count:
    """The length of a reply."""

    tokens: int
    """Tokens generated, hidden ones too; a reckoning where nobody counted."""
    counted: bool
    """Whether the server counted them, and it can be."""
    hidden: int
    """Those of them that stand in no text."""


@dataclass
class Usage:
    """What a server has told so far; a later count is never lower."""

    completion: int | None = None
    reasoning: int | None = None
    prompt: int | None = None
    total: int | None = None

    def take(self, usage: Any) -> None:
        """Take in a usage object, in the words of chat completions or of others.

        Raises:
            ValueError: it holds a count that is none.
        """
        if not usage:
            return
        if not isinstance(usage, Mapping):
            raise ValueError("usage is no object")
        details = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
        told = {
            "completion": _first(usage, "completion_tokens", "output_tokens", "predicted_n"),
            "prompt": _first(usage, "prompt_tokens", "input_tokens", "prompt_n"),
            "total": _first(usage, "total_tokens"),
            "reasoning": _first(details if isinstance(details, Mapping) else {}, "reasoning_tokens")
            or _first(usage, "reasoning_tokens"),
        }
        for name, count in told.items():
            if count is not None:
                setattr(self, name, max(count, getattr(self, name) or 0))

    @property
    def generated(self) -> int | None:
        """Tokens generated, reasoning included; None where the server tells nothing."""
        completion, reasoning = self.completion, self.reasoning or 0
        if completion is None:
            return None if self.total is None or self.prompt is None else max(0, self.total - self.prompt)
        if reasoning > completion:  # it cannot be a part of them
            return completion + reasoning
        if self.total is not None and self.prompt is not None:
            # What is in the total and in neither part is reasoning that was left out of the count.
            return max(completion, self.total - self.prompt)
        return completion

    def count(
        self, answer: str, reasoning: str, chunks: int, max_tokens: int | None, *, shows_reasoning: bool
    ) -> Count:
        """Return how long a reply is, `chunks` the pieces with text in which it came."""
        text = answer + reasoning
        generated, size = self.generated, len(text.encode("utf-8", "replace"))
        reckoned = Count(max(chunks, size // BYTES_A_TOKEN), counted=False, hidden=0)
        if generated is None or (generated == 0 and text):
            return reckoned
        hidden = 0
        if not shows_reasoning:
            # Told, or left out of `completion_tokens` and not out of the total.
            hidden = min(generated, max(self.reasoning or 0, generated - (self.completion or generated)))
        seen = generated - hidden
        if seen > size + UNSEEN:
            # More than the text can hold: reasoning that the server keeps to itself, or nonsense.
            if shows_reasoning or (max_tokens is not None and generated > 2 * max_tokens + UNSEEN):
                return reckoned
            hidden, seen = hidden + seen - size, size
        if len(text) > CHARACTERS_A_TOKEN * seen + UNSEEN or _is_of_answer_alone(seen, answer, reasoning):
            return reckoned
        if chunks > seen + max(4, seen // 10):
            return reckoned
        return Count(generated, counted=True, hidden=hidden)


def _is_of_answer_alone(tokens: int, answer: str, reasoning: str) -> bool:
    fits = (
        len(answer) <= CHARACTERS_OF_PROSE * tokens and tokens <= len(answer.encode("utf-8", "replace")) + UNSEEN // 4
    )
    return bool(reasoning) and fits and len(answer) + len(reasoning) > CHARACTERS_OF_PROSE * tokens + UNSEEN


def _first(usage: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        if (count := _number(usage.get(name))) is not None:
            return count
    return None


def _number(value: Any) -> int | None:
    """Return a count; None for null and for the negative numbers that some servers write instead.

    Raises:
        ValueError: it is no number of tokens.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isdecimal() and len(value) < 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("a count of tokens that is no number")
    if value > MOST or value != int(value):
        raise ValueError("a count of tokens that cannot be")
    return None if value < 0 else int(value)
