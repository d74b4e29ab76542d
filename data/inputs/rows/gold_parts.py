"""Golds of more than one column or part: lists, units and tolerances, as OlympiadBench has them."""

import math
from collections.abc import Sequence
from typing import Any, Literal

from data.golds import LETTERS, Extractor, Gold, UnreadableGold, letter_and_value, read_gold
from data.inputs.mapping import ProblemColumns
from data.inputs.record import BadRow, Fault, Record
from data.inputs.rows.embedded import NotJson, embedded
from data.inputs.rows.fields import optional

MAX_PARTS = 64


def gold_of(extractor: Extractor, value: Any, options: Sequence[str], order: Literal["any", "fixed"]) -> Gold:
    """Return the gold in a value; a list of several is a gold of several parts, all of them needed.

    Raises:
        UnreadableGold: `missing_gold` for nothing at all, else `unreadable_gold`.
    """
    if extractor == "choice" and isinstance(value, str) and (lettered := letter_and_value(value)):
        _refuse_contradiction(*lettered, options)
    value = quoted_list(value)
    if not isinstance(value, list):
        return read_gold(extractor, value, options)
    if not value:
        raise UnreadableGold("missing_gold", "the list of golds is empty")
    if len(value) > MAX_PARTS:
        raise UnreadableGold("unreadable_gold", f"{len(value):,} parts; at most {MAX_PARTS} are read")
    parts = [read_gold(extractor, part, options) for part in value]
    if len(parts) == 1:
        return parts[0]
    text = ", ".join(part.text for part in parts)
    if all(part.kind == "choice" for part in parts):
        return Gold(text, "choice")
    return Gold(text, "set" if order == "any" else "tuple")


def quoted_list(value: Any) -> Any:
    """Return a list of texts that a text holds (`["3", "-3"]`); anything else as it is, for `[1, 2]` is mathematics."""
    try:
        inside = embedded(value) if isinstance(value, str) else None
    except NotJson:
        return value
    is_list = isinstance(inside, list) and inside and all(isinstance(part, str) for part in inside)
    return inside if is_list else value


def _refuse_contradiction(letter: str, value: str, options: Sequence[str]) -> None:
    """Refuse a letter with the value of another option, such as `(C) 14` where 14 stands under B."""
    place = LETTERS.index(letter)
    if value in options and (place >= len(options) or options[place] != value):
        raise UnreadableGold("unreadable_gold", f"{value!r:.60} is not what option {letter} says")


def moved(letters: str, places: Sequence[int]) -> str:
    """Return letters of options in their own order as those of the same options in the order of `places`."""
    return ", ".join(sorted(LETTERS[places.index(LETTERS.index(letter))] for letter in letters.split(", ")))


def with_unit(gold: Gold, unit: str | None) -> Gold:
    """Return the gold with its unit behind it, as the checker reads units: an answer may bear it, or none."""
    unit = (unit or "").strip().strip("$").strip()
    if not unit or gold.kind in ("choice", "boolean", "text", "set", "tuple"):
        return gold
    text = gold.text.strip().strip("$")
    if unit in ("%", "\\%"):
        return gold if text.endswith("%") else Gold(f"{text}\\%", "expression")
    if text.endswith(unit):
        return gold
    return Gold(f"{text} {unit}" if "\\" in unit else f"{text} \\text{{ {unit}}}", "expression")


def read_tolerance(record: Record, columns: ProblemColumns) -> float | None:
    """Return how far a number may lie from the gold and be right; None where there is nothing.

    Raises:
        BadRow: it is no number, or differs between the parts of the gold.
    """
    value = optional(record, columns.tolerance)
    if value is None or columns.tolerance is None or (isinstance(value, str) and not value.strip()):
        return None
    parts = value if isinstance(value, list) else str(value).split(",")
    try:
        bounds = {float(part) for part in parts}
    except (TypeError, ValueError):
        bounds = set()
    if isinstance(value, bool) or not bounds or not all(math.isfinite(bound) and bound >= 0 for bound in bounds):
        raise BadRow(Fault("wrong_type", columns.tolerance, f"a number from 0 is wanted; there is {value!r:.40}"))
    if len(bounds) > 1:
        detail = f"each part of the gold has its own: {value!r:.60}; one for all of them is read"
        raise BadRow(Fault("unreadable_gold", columns.tolerance, detail))
    return bounds.pop()
