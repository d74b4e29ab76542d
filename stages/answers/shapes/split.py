"""Splitting an answer where no bracket is open: at commas, at words that link answers, at signs."""

import re
from typing import Literal

_LINKS = re.compile(r"(?:,\s*)?(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|;|\\(?:land|lor|vee|wedge)(?![a-z])")
_LINK_WORDS: dict[str, Literal["and", "or"]] = {
    "and": "and", "or": "or", r"\land": "and", r"\wedge": "and", r"\lor": "or", r"\vee": "or"
}  # fmt: skip
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,])")
_OPENING, _CLOSING = "([{", ")]}"


def split_top(text: str, sign: str | re.Pattern[str]) -> list[str]:
    """Return the pieces of `text` between top-level matches of `sign`; a pattern's matches stand between them."""
    pattern = re.compile(re.escape(sign)) if isinstance(sign, str) else sign
    keep = not isinstance(sign, str)
    shut = _open_places(text)
    pieces, start = [], 0
    for match in pattern.finditer(text):
        if shut[match.start()]:
            continue
        pieces.append(text[start : match.start()])
        if keep:
            pieces.append(match.group())
        start = match.end()
    return [*pieces, text[start:]]


def split_linked(text: str) -> list[str]:
    """Return the answers that `and`, `or` and semicolons link."""
    return [piece for piece in split_top(text, _LINKS)[::2] if piece.strip()]


def link_of(text: str) -> Literal["", "and", "or"]:
    """Return the word that links the answers of a list: `and`, `or`, or neither where it links them in both ways."""
    words = {_LINK_WORDS.get(link.strip(" ,")) for link in split_top(text, _LINKS)[1::2]}
    return words.pop() or "" if len(words) == 1 else ""


def split_commas(text: str, *, bracketed: bool = False) -> list[str]:
    """Return the pieces between commas, but leave a number with thousands commas whole where it can be one."""
    pieces = split_top(text, ",")
    if len(pieces) == 1:
        return pieces
    spaced = re.search(r",\s", text) is not None
    if not bracketed and not spaced and _THOUSANDS.fullmatch(text.strip().lstrip("-\\$€£ ")):
        return [text]
    if spaced and _THOUSANDS.search(text):
        return split_top(text, re.compile(r",(?=\s)|,(?!\d{3}(?!\d))"))[::2]
    return [piece for piece in pieces if piece.strip()] or [text]


def _open_places(text: str) -> list[bool]:
    """Return, for each character, whether it stands inside brackets, an environment or a text mark."""
    inside, depth = [], 0
    environment = 0
    for place, char in enumerate(text):
        if char in _CLOSING or char == "⟧":
            depth = max(depth - 1, 0)
        if text.startswith("\\begin", place):
            environment += 1
        elif text.startswith("\\end", place):
            environment = max(environment - 1, 0)
        inside.append(depth > 0 or environment > 0)
        if char in _OPENING or char == "⟦":
            depth += 1
    return inside
