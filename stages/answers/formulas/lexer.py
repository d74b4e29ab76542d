"""A formula as tokens: numbers, names, commands and signs, in LaTeX, plain text or a mix of both."""

import re
from dataclasses import dataclass
from typing import Literal

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT
from stages.answers.formulas.names import COMMANDS, CONSTANTS, FUNCTIONS, GREEK

_TOKEN = re.compile(
    rf"(?P<num>\d+\.?\d*|\.\d+)|(?P<command>\\[A-Za-z]+)|(?P<word>[A-Za-z]+)|{OPEN_TEXT}(?P<text>[^{CLOSE_TEXT}]*){CLOSE_TEXT}"
    r"|(?P<sign>\*\*|\\[{}|]|[-+*/^_!%'|(){}\[\]])|(?P<space>\s+)"
)
_KNOWN = "|".join(sorted({*FUNCTIONS, *CONSTANTS, *GREEK, "mod"}, key=len, reverse=True))
_WORDS = re.compile(
    rf"(?<![\\A-Za-z])(?!(?:{_KNOWN})(?![A-Za-z]))[A-Za-z]{{2,}}\s+(?!(?:{_KNOWN})(?![A-Za-z]))(?:[A-Za-z]{{2,}}|\d)"
)
_LONGEST_PRODUCT = 3


class UnreadableError(ValueError):
    """The text is no formula this reader knows; the argument is a countable word."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a formula."""

    kind: Literal["num", "name", "constant", "function", "command", "sign", "text", "end"]
    value: str


def tokens(text: str) -> list[Token]:
    """Return the tokens of a tidied formula, or raise `UnreadableError`."""
    if _WORDS.search(text):
        raise UnreadableError("words")
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnreadableError("unreadable")
        position = match.end()
        kind, value = match.lastgroup, match.group()
        if kind == "command":
            found.extend(_command(value[1:]))
        elif kind == "word":
            found.extend(_word(value))
        elif kind == "num":
            found.append(Token("num", value))
        elif kind == "text":
            found.append(Token("text", match["text"]))
        elif kind == "sign":
            found.append(Token("sign", {"**": "^", "\\{": "(", "\\}": ")", "\\|": "|"}.get(value, value)))
    return found


def _command(name: str) -> list[Token]:
    known = _known(name)
    if known is not None:
        return [known]
    for length in range(len(name) - 1, 1, -1):
        if name[:length] in COMMANDS:
            return [*_command(name[:length]), *_word(name[length:])]
    raise UnreadableError("unsupported")


def _known(name: str) -> Token | None:
    if name in CONSTANTS and name not in ("e", "i"):
        return Token("constant", CONSTANTS[name])
    if name in GREEK:
        return Token("name", name)
    if name in FUNCTIONS:
        return Token("function", name)
    return Token("command", name) if name in COMMANDS else None


def _word(word: str) -> list[Token]:
    """Return a run of plain letters as a known name, a known name and letters, or a product of a few letters."""
    if word in CONSTANTS:
        return [Token("constant", CONSTANTS[word])]
    if word.lower() in FUNCTIONS or word.lower() in ("pi", "mod"):
        return [known for known in (_known(word.lower()),) if known is not None]
    if word in GREEK:
        return [Token("name", word)]
    for length in range(len(word) - 1, 1, -1):
        if len(word) - length <= 2 and (word[:length] in FUNCTIONS or word[:length] == "pi"):
            return [*_word(word[:length]), *_word(word[length:])]
    for length in range(1, len(word) - 2):
        if length <= 2 and word[length:] in FUNCTIONS:
            return [*_word(word[:length]), *_word(word[length:])]
    if len(word) > _LONGEST_PRODUCT:
        raise UnreadableError("words")
    return [Token("constant", CONSTANTS[c]) if c in CONSTANTS else Token("name", c) for c in word]
