"""A text in units that are kept or left out whole, and the text that is left.

What is left is a subsequence of the characters of the original: nothing is re-encoded, so `10⁶` never becomes `106`,
and a line break stays where text is left on both sides of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from stages.cutting.protected import protected
from stages.cutting.unspaced import MARKS, SIGNS

Span = tuple[int, int]
"""Begin and end, in characters."""

_IN_WORD = rf"[^\W{SIGNS}]"
_UNIT = re.compile(
    rf"\\(?:[A-Za-z]+|[^\sA-Za-z0-9]|)|[{SIGNS}][{MARKS}]*|\d+(?:[.,]\d+)*{_IN_WORD}*|{_IN_WORD}+(?:['’]{_IN_WORD}+)*|\S"
)
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Units:
    """The units of a text, in order; what stands between two of them is blank."""

    text: str
    spans: tuple[Span, ...]

    def __len__(self) -> int:
        return len(self.spans)

    def kept(self, keep: Sequence[bool]) -> list[Span]:
        """Return the stretches of the text that are left: kept units, and one run of blanks between two of them."""
        spans: list[Span] = []
        last: int | None = None
        for at, wanted in enumerate(keep):
            if wanted:
                spans.append(self._before(last, at))
                spans.append(self.spans[at])
                last = at
        return joined(spans)

    def _before(self, last: int | None, at: int) -> Span:
        """Return the blanks that stand between two kept units: those with most line breaks, else the first."""
        begin = self.spans[at][0]
        if last is None:
            return (0, begin) if at == 0 else (begin, begin)
        end = self.spans[last][1]
        hangs = not self.text[begin].isalnum() and not self.text[begin - 1].isspace()
        if hangs and not self.text[begin + 1 : begin + 2].isdigit():
            return (begin, begin)  # a sign that hung on the word before hangs on the one that is left
        runs = [found.span() for found in _BLANKS.finditer(self.text, end, begin)]
        return max(runs, key=lambda run: self.text.count("\n", *run), default=(begin, begin))

    def protected(self) -> list[bool]:
        """Tell of each unit whether it stays whatever it scores."""
        return protected(self.text, self.spans)


def units_of(text: str) -> Units:
    """Cut a text into units: a word, a number, a LaTeX command, or any other sign that is not blank.

    Of writing without blanks between words (Chinese, kana, Hangul, Thai) each character is a unit.
    """
    return Units(text, tuple(found.span() for found in _UNIT.finditer(text)))


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return stretches, in order, with those that touch made one and empty ones left out."""
    made: list[Span] = []
    for begin, end in spans:
        if begin == end:
            continue
        if made and made[-1][1] == begin:
            made[-1] = (made[-1][0], end)
        else:
            made.append((begin, end))
    return made
