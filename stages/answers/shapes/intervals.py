"""Inequalities as the intervals they describe: `x > 2` as `(2, oo)`, `-2 <= x <= 7` as `[-2, 7]`."""

import re
from dataclasses import dataclass
from fractions import Fraction

from stages.answers.quantities.numbers import read_numbers
from stages.answers.shapes.reading import read
from stages.answers.shapes.shapes import Atom, Items, Reading, Relation, Union

_LEAST, _MOST = Atom(r"-\infty"), Atom(r"\infty")
_DISTANCE = re.compile(r"\|\s*(?:[A-Za-z]|\\[a-z]+)\s*(?:(?P<sign>[-+])\s*(?P<shift>[^|]+))?\|")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def is_variable(text: str) -> bool:
    """Tell whether `text` is one plain variable."""
    text = text.strip()
    return (len(text) == 1 and text.isalpha()) or (text.startswith("\\") and text[1:].isalpha())


def as_interval(reading: Reading) -> Reading | None:
    """Return the interval or union that an inequality, or a bare list of them, describes; none for any other.

    What `and` or a comma links must hold at once, unless nothing could (`x < -2, x > 3`); what `or` links, either.
    """
    if isinstance(reading, Items) and not reading.opening and reading.items:
        if len({_variable(item) for item in reading.items}) > 1:
            return None
        parts = [as_interval(item) for item in reading.items]
        lines = [part for part in parts if part is not None]
        if len(lines) < len(parts):
            return None
        both = _both(lines) if reading.link != "or" else None
        return both or Union(tuple(piece for line in lines for piece in _pieces(line)))
    if not isinstance(reading, Relation) or not set(reading.signs) <= {"<", "<=", ">", ">=", "!="}:
        return None
    if len(reading.sides) == 3 and is_variable(reading.sides[1]):
        return _between(reading)
    return (_half_line(reading) or _around(reading)) if len(reading.sides) == 2 else None


def _variable(reading: Reading) -> str:
    sides = reading.sides if isinstance(reading, Relation) else ()
    return next((side.strip(" |") for side in sides if is_variable(side.strip(" |")) and side.strip() != r"\infty"), "")


def _pieces(reading: Reading) -> tuple[Reading, ...]:
    return reading.parts if isinstance(reading, Union) else (reading,)


def _both(lines: list[Reading]) -> Reading | None:
    """Return what all of the lines have in common; none when that is nothing, or when an end is no number."""
    common = [_Span(None, False, None, False)]
    for line in lines:
        spans = [_span(piece) for piece in _pieces(line)]
        known = [span for span in spans if span is not None]
        if len(known) < len(spans):
            return None
        common = [span for one in common for other in known if (span := one.within(other)) is not None]
    whole = [span for span in common if span != _Span(None, False, None, False)]
    if not whole:
        return None
    return whole[0].interval if len(whole) == 1 else Union(tuple(span.interval for span in whole))


@dataclass(frozen=True)
class _Span:
    """An interval whose ends are numbers; none for an end that is infinite."""

    low: Fraction | None
    low_closed: bool
    high: Fraction | None
    high_closed: bool

    def within(self, other: "_Span") -> "_Span | None":
        """Return what two intervals have in common; none for nothing."""
        lows = [(span.low, not span.low_closed) for span in (self, other) if span.low is not None]
        highs = [(span.high, span.high_closed) for span in (self, other) if span.high is not None]
        low, low_open = max(lows) if lows else (None, True)
        high, high_closed = min(highs) if highs else (None, False)
        if low is not None and high is not None and (low > high or (low == high and (low_open or not high_closed))):
            return None
        return _Span(low, not low_open, high, high_closed)

    def is_some(self) -> bool:
        """Tell whether any number lies in it."""
        return self.within(self) is not None

    def place(self) -> tuple[bool, Fraction, bool]:
        """Return what intervals are put in order by: where they start, an end that belongs to it first."""
        return self.low is not None, self.low or Fraction(0), not self.low_closed

    def touches(self, later: "_Span") -> bool:
        """Tell whether nothing lies between this one and one that starts no earlier."""
        if self.high is None or later.low is None:
            return True
        return later.low < self.high or (later.low == self.high and (self.high_closed or later.low_closed))

    def up_to(self, later: "_Span") -> "_Span":
        """Return what this one and one that touches it, and starts no earlier, cover."""
        if self.high is None or later.high is None:
            return _Span(self.low, self.low_closed, None, False)
        high, high_closed = max((self.high, self.high_closed), (later.high, later.high_closed))
        return _Span(self.low, self.low_closed, high, high_closed)

    @property
    def interval(self) -> Items:
        """The interval as it is read."""
        low = _LEAST if self.low is None else Atom(str(self.low))
        high = _MOST if self.high is None else Atom(str(self.high))
        return Items((low, high), "[" if self.low_closed else "(", "]" if self.high_closed else ")")


def _span(reading: Reading) -> _Span | None:
    if not isinstance(reading, Items) or len(reading.items) != 2:
        return None
    ends: list[Fraction | None] = []
    for end, infinite in zip(reading.items, (_LEAST, _MOST), strict=True):
        numbers = read_numbers(end.text) if isinstance(end, Atom) else []
        if end != infinite and not numbers:
            return None
        ends.append(None if end == infinite else numbers[0].value)
    return _Span(ends[0], reading.opening == "[", ends[1], reading.closing == "]")


def merged(reading: Reading) -> tuple[_Span, ...]:
    r"""Return the intervals that a union covers, apart and in order (`[0,1) \\cup \\{1\\}` is `[0,1]`).

    Empty where an end is no number, and for what is no union of intervals and points.
    """
    spans: list[_Span] = []
    for piece in _pieces(reading):
        if not isinstance(piece, Items) or not piece.opening:
            return ()
        covered = [_point(point) for point in piece.items] if piece.opening == "{" else [_span(piece)]
        known = [span for span in covered if span is not None and span.is_some()]
        if len(known) < len(covered):
            return ()
        spans.extend(known)
    whole: list[_Span] = []
    for span in sorted(spans, key=_Span.place):
        if whole and whole[-1].touches(span):
            whole[-1] = whole[-1].up_to(span)
        else:
            whole.append(span)
    return tuple(whole)


def _point(reading: Reading) -> _Span | None:
    numbers = read_numbers(reading.text) if isinstance(reading, Atom) else []
    return _Span(numbers[0].value, True, numbers[0].value, True) if numbers else None


def _around(reading: Relation) -> Reading | None:
    """Return what `|x| <= a`, `|x - 2| > 3` and their like describe."""
    match = _DISTANCE.fullmatch(reading.sides[0].strip())
    bound, sign = reading.sides[1].strip(), reading.signs[0]
    if match is None or sign not in _FLIPPED:
        return None
    if match["sign"]:
        centre, reach = read_numbers(match["shift"]), read_numbers(bound)
        if not centre or not reach:
            return None
        middle = centre[0].value if match["sign"] == "-" else -centre[0].value
        low, high = Atom(str(middle - reach[0].value)), Atom(str(middle + reach[0].value))
    else:
        low, high = Atom(f"-({bound})"), Atom(bound)
    if sign in ("<", "<="):
        return Items((low, high), "[" if sign == "<=" else "(", "]" if sign == "<=" else ")")
    closed = sign == ">="
    below = Items((_LEAST, low), "(", "]" if closed else ")")
    return Union((below, Items((high, _MOST), "[" if closed else "(", ")")))


def _between(reading: Relation) -> Reading | None:
    low, _, high = reading.sides
    first, second = reading.signs
    if first in (">", ">="):
        low, high, first, second = high, low, _FLIPPED.get(second, ""), _FLIPPED[first]
    if first not in ("<", "<=") or second not in ("<", "<="):
        return None
    return Items((read(low), read(high)), "[" if first == "<=" else "(", "]" if second == "<=" else ")")


def _half_line(reading: Relation) -> Reading | None:
    left, right = reading.sides
    sign = reading.signs[0]
    if is_variable(right) and not is_variable(left):
        left, right, sign = right, left, _FLIPPED.get(sign, sign)
    if not is_variable(left):
        return None
    bound = read(right)
    if sign == "!=":
        return Union((Items((_LEAST, bound), "(", ")"), Items((bound, _MOST), "(", ")")))
    if sign in ("<", "<="):
        return Items((_LEAST, bound), "(", "]" if sign == "<=" else ")")
    return Items((bound, _MOST), "[" if sign == ">=" else "(", ")")
