"""Read the gold of a problem: what the right answer is and how answers compare.

Five forms are known: `gsm8k` (`#### N`), `boxed`, `choice` (a letter), `boolean` and `plain`.
"""

import math
import re
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Literal, get_args

from data.boxes import last_boxed

AnswerKind = Literal["integer", "expression", "choice", "boolean", "text", "set", "tuple"]
"""How answers compare: as numbers, as mathematics, as letters, as yes or no, as words, as several in any order or in
their own."""

Extractor = Literal["gsm8k", "boxed", "choice", "boolean", "plain"]
"""The form a gold is written in."""

LETTERS = ascii_uppercase[:10]
"""The choices there may be."""

_NUMBER = re.compile(r"([-+]?)\$?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)((?:\.[0-9]+)?)")
_FRACTION = re.compile(r"[-+]?[0-9]+/[0-9]+")
_WORDS = re.compile(r"[^\W\d_]{2,}(?:[ .'’-]+[^\W\d_]{2,})*\.?")
_LETTER = re.compile(r"\(?([A-Za-z])\s*[.):]?")
_LAST_LINE = re.compile(r"A:(.*)")
_GAP = r"(?:\\[ ,;:!]|\\q?quad(?![A-Za-z])|~|\s)"
_STYLED_WHOLE = re.compile(r"\\(?:text|math)(?:bf|rm|it|sf)?\s*\{(\s*\([A-J]\)[^{}]*[^{}\s\\][^{}]*)\}")
_STYLED_LETTER = re.compile(
    rf"\\(?:text|math)(?:bf|rm|it|sf)?\s*\{{\s*(?:\(([A-J])\)|([A-J])[.:)]){_GAP}*\}}{_GAP}*(?P<value>.+)", re.DOTALL
)
_BRACKETED_LETTER = re.compile(
    rf"\s*\((([A-J]))\)(?:\$?{_GAP})+(?!(?:and|or)\b|\\(?:cup|cap|times|cdot|pm|mp|le|ge|in|setminus)(?![a-z]))(?P<value>[^=<>+*/^&,;)\]}}].*)",
    re.DOTALL,
)
_DOTTED_LETTER = re.compile(rf"(([A-J]))[.)]{_GAP}+(?P<value>(?=[^A-Z]*[\d\\$]).+)", re.DOTALL)
_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}


@dataclass(frozen=True)
class Gold:
    """A right answer and how answers compare with it."""

    text: str
    kind: AnswerKind


class UnreadableGold(Exception):
    """No gold can be read from a value: a short, countable reason, and the detail a person needs."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def read_gold(extractor: Extractor, value: Any, options: Sequence[str] = ()) -> Gold:
    """Return the gold in `value`.

    Args:
        options: The texts to choose from, for `choice`; none where the question already holds them.

    Raises:
        UnreadableGold: `missing_gold` for nothing at all, else `unreadable_gold`.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise UnreadableGold("missing_gold", "the gold is null")
    if isinstance(value, str) and not value.strip():
        raise UnreadableGold("missing_gold", "the gold is empty")
    if extractor == "choice":
        return _choice(value, options)
    return _READERS[extractor](value)


def _gsm8k(value: Any) -> Gold:
    text = _string(value, "gsm8k")
    _, mark, answer = text.rpartition("####")
    if not mark:
        line = _LAST_LINE.fullmatch(text.strip().rpartition("\n")[2].strip())
        answer = line.group(1) if line else ""
    found = _number(answer.strip())
    if found is None:
        raise _unreadable(f"no number after `####` (or on a last line `A: N`): it ends in {text[-60:]!r}")
    return found


def _boxed(value: Any) -> Gold:
    content = last_boxed(_string(value, "boxed"))
    if not content:
        raise _unreadable(f"no closed \\boxed{{...}} with something in it: it ends in {value[-60:]!r}")
    return _number(content) or Gold(content, _kind(content))


def _boolean(value: Any) -> Gold:
    said = _YES_NO.get(value.strip().casefold() if isinstance(value, str) else str(value).casefold())
    if said is None or not isinstance(value, bool | str):
        raise _unreadable(f"not true, false, yes or no: {reprlib.repr(value)}")
    return Gold(said, "boolean")


def _plain(value: Any) -> Gold:
    if isinstance(value, bool):
        raise _unreadable(f"a truth value ({value}); read it with `gold: boolean`")
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer() and abs(value) < 2**53):
        return Gold(str(int(value)), "integer")
    if isinstance(value, float) and math.isfinite(value):
        return Gold(repr(value), "expression")
    text = _string(value, "plain").strip()
    return _number(text) or Gold(text, _kind(text))


def _choice(value: Any, options: Sequence[str]) -> Gold:
    index = _index(value, options)
    there = len(options) or len(LETTERS)
    if index is None or not 0 <= index < there:
        asked = f"none of {LETTERS[0]} to {LETTERS[there - 1]}"
        raise _unreadable(f"{asked}, no index from 0, and not the text of one option: {reprlib.repr(value)}")
    return Gold(LETTERS[index], "choice")


def _index(value: Any, options: Sequence[str]) -> int | None:
    """Return the place of the chosen option, from 0: a whole number is that place itself."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    if list(options).count(value.strip()) == 1:
        return list(options).index(value.strip())
    both = letter_and_value(value)
    letter = _LETTER.fullmatch(both[0] if both else value.strip())
    return ascii_uppercase.index(letter.group(1).upper()) if letter else None


_READERS: Mapping[str, Callable[[Any], Gold]] = {
    "gsm8k": _gsm8k,
    "boxed": _boxed,
    "boolean": _boolean,
    "plain": _plain,
}


def letter_and_value(text: str) -> tuple[str, str] | None:
    r"""Return the letter and the value of a text that gives both, as AMC golds do (`\textbf{(C)}\ 15`, `C. 15`)."""
    text = text.replace("**", "").strip().strip("$").strip()
    whole = _STYLED_WHOLE.fullmatch(text)
    text = whole[1] if whole else text
    match = _STYLED_LETTER.fullmatch(text) or _BRACKETED_LETTER.fullmatch(text) or _DOTTED_LETTER.fullmatch(text)
    value = match["value"].strip().strip("$").rstrip("\\ ").strip() if match else ""
    return (match[1] or match[2], value) if match and value else None


def _number(text: str) -> Gold | None:
    """Return a number without its thousands commas, dollar sign and plus; None for anything else."""
    if match := _NUMBER.fullmatch(text):
        sign, whole, decimals = match.groups()
        plain = f"{sign.replace('+', '')}{whole.replace(',', '')}{decimals}"
        return Gold(plain, "expression" if decimals else "integer")
    return Gold(text, "expression") if _FRACTION.fullmatch(text) else None


def _kind(text: str) -> AnswerKind:
    """Take words of two letters and more for text, all else for mathematics."""
    return "text" if _WORDS.fullmatch(text) else "expression"


def _string(value: Any, extractor: str) -> str:
    if not isinstance(value, str):
        raise _unreadable(f"`gold: {extractor}` reads text; there is {type(value).__name__}")
    return value


def _unreadable(detail: str) -> UnreadableGold:
    return UnreadableGold("unreadable_gold", detail)


EXTRACTORS: Sequence[str] = get_args(Extractor)
"""Every form, by name."""
