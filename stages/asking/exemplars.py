"""Worked examples shown before a question, and the check that each belongs to its question.

A shipped exemplar of the reference code pairs a question with the solution of another one that happens to have the
same answer; checking the answer alone lets it through (Munkhbat et al. 2025, few-shot-gpt4o.json, first exemplar).
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from data.errors import ConfigError
from data.spec import MAX_BYTES, digest, parse, spec
from stages.answers.check import check_answer
from stages.asking.options import without_options

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
_CODE = re.compile(
    r"\[asy\].{0,20000}?\[/asy\]|```.{0,20000}?```|<svg.{0,20000}?</svg>"
    r"|\\begin\{(?:tikzpicture|lstlisting|verbatim)\}.{0,20000}?\\end\{(?:tikzpicture|lstlisting|verbatim)\}",
    re.DOTALL,
)
"""Drawings and programs, whose numbers are not what is worked with."""
_TIGHT_FRACTION = re.compile(r"\\[dt]?frac\s?(\d)\s?(\d)")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?(?:\\?%|\$\\%\$|percent)")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_CONTENT = re.compile(r"[^\W\d_]{4,}")
_SYMBOL = re.compile(r"(?<![^\W\d_])(?:[b-zB-HJ-Z]|\\[a-z]+)(?![^\W\d_])|[^\w\s.,;:?!'\"()\\${}]")
_COMMON_WORDS = (
    "answer find value number many much does what which this that these those have with from will would than then "
    "each there they their were been must total first step solve equation calculate following"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_STEM, _FEWEST_WORDS, _FEWEST_OF_ALL = 5, 2, 0.2
"""Words that begin alike are one; a reply to a question has two of its words, or a fifth."""

OnBad = Literal["drop", "keep", "refuse"]


@spec
class Exemplar:
    """A question with a worked reply."""

    question: str
    reply: str
    gold: str


@dataclass(frozen=True)
class Pool:
    """The exemplars of a file that are shown, and what was found wrong with others."""

    shown: tuple[Exemplar, ...]
    cautions: tuple[str, ...] = ()


def quantities(text: str) -> set[str]:
    """Return the numbers in a text, digits or small number words, written one way."""
    plain = _TIGHT_FRACTION.sub(r" \1 / \2 ", text)
    digits = {found.replace(",", "") for found in _NUMBER.findall(plain)}
    return digits | {str(_WORDS.index(word.lower())) for word in _SPELLED.findall(plain)}


def irrelevance(exemplar: Exemplar) -> str | None:
    """Say why the reply cannot belong to the question; None when it can.

    It can if it uses half of the quantities of the question, two or a fifth of its words, or one of its symbols.
    Options and drawing code say nothing of what has to be used.
    """
    question = _CODE.sub(" ", without_options(exemplar.question))
    asked = quantities(question)
    shares = {found for found in _PERCENT.findall(question) if _share(found) in quantities(exemplar.reply)}
    used = asked & (quantities(exemplar.reply) | shares)
    if asked and 2 * len(used) >= len(asked):
        return None
    words, symbols = _words(question), set(_SYMBOL.findall(question))
    shared = words & _words(exemplar.reply)
    worded = shared and len(shared) >= min(_FEWEST_WORDS, _FEWEST_OF_ALL * len(words))
    if worded or symbols & set(_SYMBOL.findall(exemplar.reply)):
        return None
    if not words and not symbols and not asked:
        return None
    told = f"of the question's quantities {sorted(asked)} the reply uses {sorted(used) or 'none'}, " if asked else ""
    return f"{told}of its words {sorted(shared) or 'none'}, of its symbols none"


def _words(text: str) -> set[str]:
    words = {word.lower() for word in _CONTENT.findall(_COMMAND.sub(" ", text))}
    return {word[:_STEM] for word in words - _COMMON}


def _share(percent: str) -> str:
    return f"{float(percent) / 100:g}" if len(percent) < 20 else percent


def fault(exemplar: Exemplar) -> str | None:
    """Say why an exemplar cannot be shown: its reply does not fit its question or misses its gold."""
    wrong = check_answer(exemplar.reply, exemplar.gold).verdict != "correct"
    return f"the reply does not arrive at the gold {exemplar.gold!r}" if wrong else irrelevance(exemplar)


def read_exemplars(path: Path, on_bad: OnBad = "drop") -> Pool:
    """Read a pool of exemplars from JSON lines (`question`, `reply`, `gold`).

    Raises:
        ConfigError: with every line that cannot be read, and what is wrong with it; with `refuse` also every line that
            is bad, and with `drop` where none is left.
    """
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"exemplars {path}: there is no such file, or it is over {MAX_BYTES:,} bytes")
    pool, unreadable, bad = list[Exemplar](), list[str](), list[str]()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            exemplar = parse(Exemplar, line, where=f"{path}, line {number}")
        except ConfigError as error:
            unreadable += error.faults
            continue
        why = fault(exemplar)
        bad += [] if why is None else [f"{path}, line {number}: {why}"]
        pool += [exemplar] if why is None or on_bad == "keep" else []
    if on_bad == "refuse" or not pool:
        unreadable += bad
    if unreadable or not pool:
        raise ConfigError(*(unreadable or [f"exemplars {path}: there is none in it"]))
    verb = "kept" if on_bad == "keep" else "dropped"
    return Pool(tuple(pool), tuple(f"exemplar {verb}: {why}" for why in bad))


def shown_exemplars(
    pool: Sequence[Exemplar], shots: int, seed: int, problem_id: str, question: str
) -> Sequence[Exemplar]:
    """Return `shots` exemplars, chosen and ordered by (seed, problem) alone, never the problem itself."""
    others = [exemplar for exemplar in pool if exemplar.question != question]
    return random.Random(digest([seed, problem_id])).sample(others, min(shots, len(others)))
