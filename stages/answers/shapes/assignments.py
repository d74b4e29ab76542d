"""Answers that say which name has which value: `x = 3, y = -1`, `(x, y) = (3, -1)`, or `(3, -1)` alone."""

import re

from stages.answers.shapes.reading import named, read, value_of
from stages.answers.shapes.shapes import Atom, Items, Reading, Relation

_LETTER = re.compile(r"[A-Za-z]|\\[a-z]+")
_LETTERS = re.compile(r"\((?P<names>(?:[A-Za-z]|\\[a-z]+)(?:,(?:[A-Za-z]|\\[a-z]+))+)\)")

Assignments = dict[str, Reading]


def same_assignments(gold: Reading, answer: Reading) -> list[tuple[Reading, Reading]] | None:
    """Return the values to compare, name by name; empty when the names differ, none where neither side names several.

    A side that names nothing gives its values in the order of the alphabet.
    """
    one, other = _assigned(gold), _assigned(answer)
    if one is None and other is None:
        return None
    if one is not None and other is not None:
        return [(one[name], other[name]) for name in one] if one.keys() == other.keys() else []
    named_side, bare = (one, answer) if one is not None else (other or {}, gold)
    if isinstance(bare, Items) and bare.opening == "{":
        return []  # a set does not say which value is whose
    values = _values(bare)
    if values is None:
        return None
    if len(values) != len(named_side):
        return []
    in_order = [named_side[name] for name in sorted(named_side, key=str.casefold)]
    return list(zip(in_order, values, strict=True) if one is not None else zip(values, in_order, strict=True))


def _assigned(reading: Reading) -> Assignments | None:
    """Return the value of each name, where there are several, each one letter; none for any other reading."""
    if isinstance(reading, Relation):
        names = _LETTERS.fullmatch((named(reading) or "").replace(" ", ""))
        values = _values(read(value_of(reading))) if names else None
        return _paired(names["names"].split(","), values) if names and values else None
    if not isinstance(reading, Items) or reading.opening not in ("", "("):
        return None
    relations = [item for item in reading.items if isinstance(item, Relation)]
    names_of = [named(relation) or "" for relation in relations]
    if len(relations) != len(reading.items) or not all(map(_LETTER.fullmatch, names_of)):
        return None
    return _paired(names_of, [read(value_of(relation)) for relation in relations])


def _paired(names: list[str], values: list[Reading]) -> Assignments | None:
    distinct = len(set(names)) == len(names) == len(values) > 1
    return dict(zip(names, values, strict=True)) if distinct else None


def _values(reading: Reading) -> list[Reading] | None:
    """Return the values of a tuple or a bare list, none of which is a relation; none for any other reading."""
    if not isinstance(reading, Items) or reading.opening not in ("", "(", "["):
        return None
    return list(reading.items) if all(isinstance(item, Atom) for item in reading.items) else None
