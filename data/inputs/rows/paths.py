"""Follow a path into a row: `messages.0.content`, `messages[role=user].content`, `completions.text`.

A path goes into records by name, into lists by number or by who speaks, and through text that holds JSON. Below a list
with neither, it gives a list with what lies there in each item.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from data.inputs.record import BadRow, Fault
from data.inputs.rows.embedded import NotJson, embedded
from data.inputs.rows.turns import ROLE_KEYS, ROLES, role_of

_SELECTOR = re.compile(r"\[([^][]*)\]")
_PLACES = {"first": 0, "last": -1}
_INDEX = re.compile(r"-?[0-9]{1,9}")


class Missing:
    """Stands for a column that is not there, which is not the same as null."""


MISSING: Final = Missing()


def find(value: Any, path: str) -> Any:
    """Return what lies at `path`, or `MISSING`.

    Raises:
        BadRow: `not_json`: the path goes into a text that begins like JSON and is none.
    """
    return follow(value, path)[0]


def follow(value: Any, path: str) -> tuple[Any, list[Mapping[str, Any]]]:
    """Return what lies at `path`, and the turns of chats that it was taken from.

    Raises:
        BadRow: `not_json`, as `find`.
    """
    turns: list[Mapping[str, Any]] = []
    return _follow(value, path, path, turns), turns


def top(path: str, there: Sequence[str]) -> str:
    """Return the column of a table that a path begins in: its whole name, if there is one of that name."""
    return path if path in there else re.split(r"[.[]", path, maxsplit=1)[0]


def check_path(path: str) -> None:
    """Refuse a selector that selects nothing.

    Raises:
        ValueError: says what is known.
    """
    for selector in _SELECTOR.findall(path):
        if not (selector in _PLACES or _INDEX.fullmatch(selector) or re.fullmatch(r"[^=\s]+=[^=]+", selector)):
            raise ValueError(f"{path!r}: [{selector}] is none of [role=user], [first], [last], [0], [-1]")


def _follow(value: Any, path: str, whole: str, turns: list[Mapping[str, Any]]) -> Any:
    if isinstance(value, Mapping) and path in value:
        return value[path]
    if isinstance(value, str):
        value = _inside(value, whole)
        if isinstance(value, Mapping) and path in value:
            return value[path]
    if path.startswith("["):
        selected, rest = _select(value, path)
        return _into(selected, rest, whole, turns)
    head, rest = _cut(path)
    if isinstance(value, Mapping):
        return _into(value[head], rest, whole, turns, is_item=False) if rest and head in value else MISSING
    if isinstance(value, list) and _INDEX.fullmatch(head):
        return _into(_item(value, int(head)), rest, whole, turns)
    if isinstance(value, list):
        turns += [item for item in value if isinstance(item, Mapping) and role_of(item) is not None]
        return [_follow(item, path, whole, turns) if isinstance(item, Mapping) else MISSING for item in value]
    return MISSING


def _into(value: Any, rest: str, whole: str, turns: list[Mapping[str, Any]], is_item: bool = True) -> Any:
    if is_item and role_of(value) is not None:
        turns.append(value)
    return _follow(value, rest, whole, turns) if rest and value is not MISSING else value


def _cut(path: str) -> tuple[str, str]:
    """Cut `a.b[c].d` into `a` and `b[c].d`; a selector keeps its bracket."""
    match = re.search(r"[.[]", path)
    if match is None:
        return path, ""
    return path[: match.start()], path[match.end() if match.group() == "." else match.start() :]


def _select(value: Any, path: str) -> tuple[Any, str]:
    """Return the item that the selectors at the beginning of `path` name, and the rest of the path."""
    match = _SELECTOR.match(path)
    if match is None or not isinstance(value, list):
        return MISSING, ""
    rest = path[match.end() :]
    name, equals, wanted = match.group(1).partition("=")
    place = name
    if equals:
        value = [item for item in value if _is(item, name.strip(), wanted.strip().strip("'\""))]
        further = _SELECTOR.match(rest)
        place = "last"
        if further and "=" not in further.group(1):
            place, rest = further.group(1), rest[further.end() :]
    index = _PLACES.get(place.strip())
    if index is None and _INDEX.fullmatch(place.strip()):
        index = int(place)
    return (MISSING if index is None else _item(value, index)), rest.removeprefix(".")


def _is(item: Any, name: str, wanted: str) -> bool:
    if not isinstance(item, Mapping):
        return False
    if name in ROLE_KEYS:
        return role_of(item) == ROLES.get(wanted.casefold(), wanted)
    return name in item and str(item[name]) == wanted


def _item(items: Sequence[Any], index: int) -> Any:
    return items[index] if -len(items) <= index < len(items) else MISSING


def _inside(text: str, path: str) -> Any:
    try:
        value = embedded(text)
    except NotJson as error:
        raise BadRow(Fault("not_json", path, f"the path goes into a text that is no JSON: {error}")) from error
    return MISSING if value is None else value
