"""Inequalities as the intervals they describe: `x > 2` as `(2, oo)`, `-2 <= x <= 7` as `[-2, 7]`."""

from stages.answers.reading import read
from stages.answers.shapes import Atom, Items, Reading, Relation, Union

_LEAST, _MOST = Atom(r"-\infty"), Atom(r"\infty")
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def is_variable(text: str) -> bool:
    """Tell whether `text` is one plain variable."""
    text = text.strip()
    return (len(text) == 1 and text.isalpha()) or (text.startswith("\\") and text[1:].isalpha())


def as_interval(reading: Reading) -> Reading | None:
    """Return the interval or union that an inequality, or a bare list of them, describes; none for any other."""
    if isinstance(reading, Items) and not reading.opening and reading.items:
        parts = [as_interval(item) for item in reading.items]
        found = [part for part in parts if part is not None]
        return Union(tuple(found)) if len(found) == len(parts) else None
    if not isinstance(reading, Relation) or not set(reading.signs) <= {"<", "<=", ">", ">=", "!="}:
        return None
    if len(reading.sides) == 3 and is_variable(reading.sides[1]):
        return _between(reading)
    return _half_line(reading) if len(reading.sides) == 2 else None


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
