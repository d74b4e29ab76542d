"""Read what lies inside a text column: JSON, or the way Python prints a dict (`{'answer': '42'}`)."""

import json
import re
from typing import Any, NoReturn

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<mark>[][{}:,])|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"""
    r"""|(?P<word>True|False|None)|'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)\"""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"""\\(x[0-9a-fA-F]{2}|U000[0-9a-fA-F]{5}|.)|(["\x00-\x1f])""", re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}


class NotJson(ValueError):
    """A text that begins like JSON and is none."""


def embedded(text: str) -> Any:
    """Return the object or list that a text holds; None where it does not begin like one.

    Raises:
        NotJson: it begins like one and cannot be read.
    """
    text = text.strip()
    if not text or text[0] not in "{[":
        return None
    try:
        return json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError) as error:
        try:
            return json.loads(_as_json(text), parse_constant=no_constant)
        except (ValueError, RecursionError):
            raise NotJson(str(error)[:200]) from error


def no_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python's reader would take.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is no JSON; write null")


def _as_json(text: str) -> str:
    """Return Python's print of a dict or list as JSON: token by token, for it may be hostile and is never run."""
    parts: list[str] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"neither JSON nor a printed dict at character {place + 1:,}")
        quoted = match["single"] if match["single"] is not None else match["double"]
        if quoted is not None:
            parts.append(f'"{_ESCAPE.sub(_json_escape, quoted)}"')
        else:
            parts.append(_WORDS.get(match.group(), match.group()))
        place = match.end()
    return "".join(parts)


def _json_escape(match: re.Match[str]) -> str:
    escaped, raw = match.groups()
    if raw is not None:
        return f"\\u{ord(raw):04x}"
    if escaped[0] in "xU":
        return json.dumps(chr(int(escaped[1:], 16)))[1:-1]
    return {"'": "'", "\n": "", "a": "\\u0007", "v": "\\u000b", "0": "\\u0000"}.get(escaped, f"\\{escaped}")
