"""Worked examples shown before a question, and the check that each belongs to its question.

A shipped exemplar of the reference code pairs a question with the solution of another one that happens to have the
same answer; checking the answer alone lets it through (Munkhbat et al. 2025, few-shot-gpt4o.json, first exemplar).
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path

from data.errors import ConfigError
from data.spec import MAX_BYTES, digest, parse, spec
from stages.answers.check import check_answer

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
_SPELLED = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_CONTENT = re.compile(r"[a-z]{4,}|[^\w\s.,;:?!'\"()]", re.IGNORECASE)


@spec
class Exemplar:
    """A question with a worked reply."""

    question: str
    reply: str
    gold: str


def quantities(text: str) -> set[str]:
    """Return the numbers in a text, digits or small number words, written one way."""
    digits = {found.replace(",", "") for found in _NUMBER.findall(text)}
    return digits | {str(_WORDS.index(word.lower())) for word in _SPELLED.findall(text)}


def irrelevance(exemplar: Exemplar) -> str | None:
    """Say why the reply cannot belong to the question; None when it can.

    At least half of the question's quantities must occur in the reply; a question without any must share a word of
    four letters or more, or a symbol, with it.
    """
    asked = quantities(exemplar.question)
    used = asked & quantities(exemplar.reply)
    if asked and 2 * len(used) < len(asked):
        return f"of the question's quantities {sorted(asked)} the reply uses {sorted(used) or 'none'}"
    words = {word.lower() for word in _CONTENT.findall(exemplar.question)}
    if not asked and not words & {word.lower() for word in _CONTENT.findall(exemplar.reply)}:
        return "question and reply share no word or symbol"
    return None


def fault(exemplar: Exemplar) -> str | None:
    """Say why an exemplar cannot be shown: its reply does not fit its question or misses its gold."""
    wrong = check_answer(exemplar.reply, exemplar.gold).verdict != "correct"
    return f"the reply does not arrive at the gold {exemplar.gold!r}" if wrong else irrelevance(exemplar)


def read_exemplars(path: Path) -> tuple[Exemplar, ...]:
    """Read a pool of exemplars from JSON lines (`question`, `reply`, `gold`).

    Raises:
        ConfigError: with every line that cannot be used and why.
    """
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"exemplars {path}: there is no such file, or it is over {MAX_BYTES:,} bytes")
    pool: list[Exemplar] = []
    faults: list[str] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            exemplar = parse(Exemplar, line, where=f"{path}, line {number}")
        except ConfigError as error:
            faults += error.faults
            continue
        if (why := fault(exemplar)) is not None:
            faults.append(f"{path}, line {number}: refused: {why}")
        pool.append(exemplar)
    if faults:
        raise ConfigError(*faults)
    return tuple(pool)


def shown_exemplars(
    pool: Sequence[Exemplar], shots: int, seed: int, problem_id: str, question: str
) -> Sequence[Exemplar]:
    """Return `shots` exemplars, chosen and ordered by (seed, problem) alone, never the problem itself."""
    others = [exemplar for exemplar in pool if exemplar.question != question]
    return random.Random(digest([seed, problem_id])).sample(others, min(shots, len(others)))
