"""Ask a model to rewrite a trace: our own prompt with its version, a fence that nobody can close, what is told back.

The paper's prompt is not published. The trace is text to rewrite and nothing else: it stands between marks whose name
is a hash of the trace itself, so that no trace can hold its own mark. The gold is never shown.
"""

import re
from dataclasses import dataclass
from itertools import count

from data.prompts.wording import rewrite_prompt
from data.spec import digest
from data.table import Row

VERSION = "1"
"""Changes with the wording below and in `data.prompts.wording`."""
LEVELS = range(1, 7)
"""Compression levels: 1 removes half, each further one a tenth more; 6 removes all of the reasoning."""
BARE_LEVEL = 6
_TO_LEVEL = (
    "Make it about {kept} percent as long as it is now. Rather drop words and connecting phrases than a step; "
    "grammar does not matter."
)
_TELL = {
    "answer_changed": "That arrives at another answer than the reasoning does. Keep its numbers and its answer.",
    "bare_answer": "That states the answer and leaves the reasoning out. Keep each step that the answer needs.",
    "control_characters": "That holds characters that cannot be seen. Write plain text.",
    "foreign_script": "That is in another language or script than the reasoning. Write in its language.",
    "foreign_words": "That tells of things which are neither in the question nor in the reasoning. Leave them out.",
    "wrong_step": "A step of that is wrong, or is none of the reasoning's. Keep its steps and their results.",
    "foreign_numbers": "That holds numbers which are neither in the question nor in the reasoning. Use only theirs.",
    "no_answer": "That states no final answer. Put the final answer within \\boxed{} at the end.",
    "not_shorter": "That is no shorter than the reasoning was. Leave more out.",
    "off_task": "That speaks of the rewriting. Write the reasoning itself.",
    "off_level": "That is not as long as was asked for.",
}
_AGAIN = "Write the whole rewriting again, and nothing else."


@dataclass(frozen=True)
class Wish:
    """What a trace is to be rewritten to."""

    level: int | None = None
    """A compression level; None for as short as it can be."""

    @property
    def prompt_id(self) -> str:
        """Return the name of its prompt."""
        return "rewrite" if self.level is None else f"rewrite_level_{self.level}"

    @property
    def prompt_sha(self) -> str:
        """Return the SHA-256 of its wording."""
        return digest([VERSION, self._worded("{question}", "{cot}", "{nonce}")])

    def prompt(self, row: Row, nonce: str) -> str:
        """Return the user turn that asks for it."""
        return self._worded(row["question"], row["cot"], nonce)

    def _worded(self, question: str, cot: str, nonce: str) -> str:
        asked = rewrite_prompt(question, cot, nonce)
        return (
            asked
            if self.level is None
            else f"{asked}\n\n{_TO_LEVEL.format(kept=round(100 * (1 - removed(self.level))))}"
        )


def removed(level: int) -> float:
    """Return the share of tokens a level removes: 0.5, 0.6 ... 1.0."""
    return (4 + level) / 10


def level_of(removed_share: float) -> int | None:
    """Return the level a removed share belongs to: the nearest, within half a step; None for less than level 1."""
    level = round(10 * removed_share) - 4
    return min(level, BARE_LEVEL) if level >= LEVELS[0] else None


def off_by(removed_share: float) -> float:
    """Return how far a removed share lies from that of its level."""
    level = level_of(removed_share)
    return 1.0 if level is None else abs(removed_share - removed(level))


def fence(row: Row, seed: int, attempt: int) -> str:
    """Return the name of the marks round a trace: a hash of it, so that it cannot stand in what it was made from."""
    text = f"{row['question']}\n{row['cot']}"
    names = (digest(["fence", seed, attempt, text, salt])[:16] for salt in count())
    return next(name for name in names if name not in text)


def unfenced(said: str, nonce: str) -> str:
    """Return a reply without the marks, where the model repeated them round its text."""
    return re.sub(rf"\[{nonce}\][ \n]?|[ \n]?\[/{nonce}\]", "", said)


def told_back(reason: str, detail: str) -> str | None:
    """Return the turn that tells a model why its rewriting was not taken; None for reasons it must not be shown."""
    if reason not in _TELL:
        return None
    seen = f" ({detail})" if reason in ("not_shorter", "off_level") and detail else ""
    return f"{_TELL[reason]}{seen} {_AGAIN}"
