"""Which units of a text stay whatever they score: numbers, operators, LaTeX, brackets of formulas.

Too much is rather protected than too little: a hyphen that stays costs a unit, a minus that goes a chain of thought.
Every rule looks at a fixed number of neighbours, so that a text of signs alone costs no more than its length.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from stages.cutting.unspaced import SIGNS

_MATH = re.compile(r"\$[^$\n]{1,400}\$|\\\(.{1,400}?\\\)|\\\[(?s:.{1,1000}?)\\\]")
_EQUATED = re.compile(r"^.*=.*$", re.MULTILINE)
_UNSPACED = re.compile(f"[{SIGNS}]")
_OPERATORS = frozenset("+-*/=<>^%·!−×÷–")
_MARKUP = frozenset("{}$&_")
_OPENS, _CLOSES = frozenset("(["), frozenset(")]")


def protected(text: str, spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Tell of each unit of a text whether it is protected."""
    it = _Units(text, spans)
    operators = [it.operates(at) for at in range(len(spans))]
    held = [found or _bears(unit) for found, unit in zip(operators, it.units, strict=True)]
    for at in it.between_numbers():
        held[at] = True
    it.hold_brackets(operators, held)
    return held


def _bears(unit: str) -> bool:
    return _is_number(unit) or unit[0] == "\\" or unit in _MARKUP


def _is_number(unit: str) -> bool:
    return any(sign.isnumeric() for sign in unit)


def _is_word(unit: str) -> bool:
    """Tell a word from the name of a quantity, which is one letter or a LaTeX command."""
    return unit[0] != "\\" and sum(sign.isalpha() for sign in unit) > 1


class _Units:
    """The units of a text with what stands round them."""

    def __init__(self, text: str, spans: Sequence[tuple[int, int]]) -> None:
        self.units = [text[begin:end] for begin, end in spans]
        gaps = [text[spans[at - 1][1] if at else 0 : spans[at][0]] for at in range(len(spans))]
        self.touches = [at > 0 and not gap for at, gap in enumerate(gaps)] + [False] * 2
        """Whether there is no blank between a unit and the one before it."""
        self.opens_line = [at == 0 or "\n" in gap for at, gap in enumerate(gaps)]
        self.in_math = list(_inside(spans, [found.span() for found in _MATH.finditer(text)]))
        equated = _inside(spans, [found.span() for found in _EQUATED.finditer(text)])
        self.in_formula = [math or line for math, line in zip(self.in_math, equated, strict=True)]

    def at(self, at: int) -> str:
        """Return a unit, or nothing beyond the ends."""
        return self.units[at] if 0 <= at < len(self.units) else ""

    def operates(self, at: int) -> bool:
        """Tell whether a unit is an operator: no hyphen or slash of words, no bullet, no markdown emphasis."""
        unit = self.units[at]
        if unit in ("x", "X") or (unit == ":" and not self.touches[at]):
            return self._between_operands(at)
        if unit not in _OPERATORS and unicodedata.category(unit[0]) != "Sm":
            return False
        if unit in "-/–" and self._joins_words(at) and not self.in_formula[at]:
            return False
        if unit == "*" and "*" in (self._touching(at, -1), self._touching(at, 1)):
            return self._is_power(at) or self._is_power(at - 1)
        return not (unit in "-–*+" and self.opens_line[at] and not self.touches[at + 1])

    def between_numbers(self) -> Iterator[int]:
        """Yield the units without which a number would run into the word or number on their other side."""
        last, between = "", list[int]()
        for at, unit in enumerate(self.units):
            if not self.touches[at]:
                last, between = "", []
            unspaced = bool(_UNSPACED.match(unit))
            if not unit[0].isalnum() or (unspaced and not _is_number(unit)):
                between.append(at)
                continue
            if last and (_is_number(last) or _is_number(unit)):
                characters = [one for one in between if _UNSPACED.match(self.units[one])]
                yield from characters[:1] or between
            last, between = unit, []

    def hold_brackets(self, operators: Sequence[bool], held: list[bool]) -> None:
        """Mark both brackets of each pair that belongs to a formula."""
        before = [0, *accumulate(operators)]
        pairs = list(self._pairs())
        for opened, closed in (*pairs, *reversed(pairs)):  # a pair may touch one that is found later
            holds_operator = before[closed] > before[opened]
            if self.in_math[opened] or holds_operator or self._belongs(opened, closed, operators, held):
                held[opened] = held[closed] = True

    def _belongs(self, opened: int, closed: int, operators: Sequence[bool], held: Sequence[bool]) -> bool:
        """Tell whether a pair stands beside an operator, touches what is protected, or holds what a name applies to."""
        sides = [(at, at + step) for at in (opened, closed) for step in (-1, 1) if 0 <= at + step < len(held)]
        beside = any(operators[side] or (self.touches[max(at, side)] and held[side]) for at, side in sides)
        return beside or self._touching(opened, -1)[:1].isalnum()

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Yield each bracket with the one that closes it, inner ones first; one without the other, by itself."""
        opened: list[int] = []
        for at, unit in enumerate(self.units):
            if unit in _OPENS:
                opened.append(at)
            elif unit in _CLOSES:
                yield (opened.pop() if opened else at), at
        yield from ((at, at) for at in opened)

    def _touching(self, at: int, step: int) -> str:
        """Return the unit on one side with no blank between; nothing where there is none."""
        return self.at(at + step) if self.touches[max(at, at + step)] else ""

    def _joins_words(self, at: int) -> bool:
        before, after = self._touching(at, -1), self._touching(at, 1)
        return bool(before and after) and _is_word(before) and _is_word(after)

    def _is_power(self, at: int) -> bool:
        """Tell whether exactly two stars begin here that hang on both their neighbours or on neither, which raise."""
        stars = [self._touching(place, step) == "*" for place, step in ((at, -1), (at, 1), (at + 1, 1))]
        if self.at(at) != "*" or stars != [False, True, False]:
            return False
        before, after = self.at(at - 1), self.at(at + 2)
        alike = bool(before and after) and self.touches[at] == self.touches[at + 2]
        return alike and not (_is_word(before) and _is_word(after))

    def _between_operands(self, at: int) -> bool:
        before, after = self.at(at - 1), self.at(at + 1)
        ended = _is_number(before) or before in (")", "]", "}")
        return ended and (_is_number(after) or after[:1] in ("(", "[", "{", "$", "€", "£", "\\"))


def _inside(spans: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]) -> Iterator[bool]:
    """Tell of each span whether it begins in one of the places; both in order."""
    at = 0
    for begin, _ in spans:
        while at < len(places) and places[at][1] <= begin:
            at += 1
        yield at < len(places) and places[at][0] <= begin
