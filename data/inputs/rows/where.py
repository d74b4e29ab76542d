"""Choose rows by what their columns hold: `where: {problem_type: has_answer, pass_rate: {at_most: 0.8}}`."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from data.inputs.record import BadRow, Fault
from data.inputs.rows.fields import is_null, may_lack
from data.inputs.rows.paths import MISSING, find

Wanted = Any
"""A value; a list of values, one of which it must be; or rules by name."""

_YES_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def check_where(where: Mapping[str, Wanted]) -> None:
    """Refuse what is no condition on a column.

    Raises:
        ValueError: says what is known.
    """
    for column, wanted in where.items():
        if not isinstance(wanted, Mapping):
            if not (_is_scalar(wanted) or (_is_list(wanted) and wanted)):
                raise ValueError(f"where.{column}: a value, a list of values or rules are wanted; there is {wanted!r}")
            continue
        if not wanted or (unknown := sorted(set(wanted) - set(RULES))):
            raise ValueError(f"where.{column}: {unknown if wanted else 'nothing'} is no rule; {sorted(RULES)} are")
        for rule, bound in wanted.items():
            if rule in _BOUNDS and (isinstance(bound, bool) or not isinstance(bound, int | float)):
                raise ValueError(f"where.{column}.{rule}: a number is wanted; there is {bound!r}")
            if rule not in _BOUNDS and not (_is_scalar(bound) or _is_list(bound)):
                raise ValueError(f"where.{column}.{rule}: a value or a list of values is wanted; there is {bound!r}")
            if rule == "one_of" and not _is_list(bound):
                raise ValueError(f"where.{column}.one_of: a list is wanted; there is {bound!r}")


def left_out(values: Mapping[str, Any], where: Mapping[str, Wanted]) -> str | None:
    """Return why a row is not among those that are wanted; None if it is.

    Raises:
        BadRow: `missing_column`: a column that is named is not there.
    """
    for column, wanted in where.items():
        value = find(values, column)
        if value is MISSING and not may_lack(values, column):
            raise BadRow(Fault("missing_column", column, "`where` names it, and there is no such column"))
        value = None if value is MISSING or is_null(value) else value
        rules = wanted if isinstance(wanted, Mapping) else {"one_of": wanted if _is_list(wanted) else [wanted]}
        for rule, bound in rules.items():
            if not RULES[rule](value, bound):
                return f"{column} is {reprlib.repr(value)}"
    return None


def _number(value: Any) -> float | None:
    """Return a number, also one that is written as text, as OpenMathReasoning has its pass rates."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _bounded(holds: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    """Make a rule of a comparison: what is no number is never within bounds."""
    return lambda value, bound: (number := _number(value)) is not None and holds(number, bound)


def _same(value: Any, wanted: Any) -> bool:
    """Compare as a person would: YAML makes `Yes` a truth value and `5` a number, and tables write both as text."""
    if value is None or wanted is None:
        return value is wanted
    if isinstance(wanted, bool) and isinstance(value, str):
        return _YES_NO.get(value.strip().casefold()) is wanted
    if isinstance(value, bool) and isinstance(wanted, str):
        return _YES_NO.get(wanted.strip().casefold()) is value
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, str) and isinstance(wanted, str):
        return value.strip() == wanted.strip()
    return value == wanted or (
        isinstance(wanted, int | float) and isinstance(value, str) and _number(value) == float(wanted)
    )


def _one_of(value: Any, wanted: Any) -> bool:
    return any(_same(value, one) for one in (wanted if _is_list(wanted) else [wanted]))


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        return any(isinstance(one, str) and one in value for one in (wanted if _is_list(wanted) else [wanted]))
    return isinstance(value, list) and any(_one_of(item, wanted) for item in value)


RULES: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": _bounded(lambda number, bound: number >= bound),
    "at_most": _bounded(lambda number, bound: number <= bound),
    "above": _bounded(lambda number, bound: number > bound),
    "below": _bounded(lambda number, bound: number < bound),
    "one_of": _one_of,
    "not": lambda value, wanted: not _one_of(value, wanted),
    "contains": _contains,
}
"""What a column can be asked; a rule on numbers also reads numbers written as text."""
_BOUNDS = ("at_least", "at_most", "above", "below")


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)
