"""A trained turn in pieces: each a segment that says what it is and how much it weighs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from data.columns import ADDED_TOKENS, COMPLETION, MESSAGES, PROMPT, SEGMENTS
from data.table import Row

CHAIN, ANSWER = "chain", "answer"
"""`kind` of what the row says anyhow: its chain of thought with its marks, and what stands behind it."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a trained turn."""

    text: str
    kind: str
    train: bool = True
    weight: float = 1.0

    def segment(self) -> dict[str, Any]:
        """Return the piece as the column holds it."""
        return {**asdict(self), "role": "assistant"}


def in_pieces(row: Row, pieces: Iterable[Piece], added: Sequence[str]) -> dict[str, Any]:
    """Return a training row whose turn is these pieces, joined, with the tokens it needs that the base lacks."""
    told = [piece for piece in pieces if piece.text]
    turn = {"role": "assistant", "content": "".join(piece.text for piece in told)}
    return {
        **row,
        COMPLETION.name: [turn],
        MESSAGES.name: [*row[PROMPT.name], turn],
        SEGMENTS.name: [piece.segment() for piece in told],
        ADDED_TOKENS.name: list(added),
    }
