"""The answer in a JSON object that a reply is, or ends in: `{"steps": [...], "answer": "C"}`, in a fence or not."""

import json
import re

from stages.answers.find.choices import letters

_KEYS = ("finalanswer", "answer", "choice")
"""By rank, as they are spelled without case and marks."""
_OPENING = re.compile(r"\{(?=\s*[\"}])")
_SHOWN = re.compile(
    r"\b(?:examples?|e\.g\.|formats?|such as|instead of|not|like|template|schema|wrong|never)\b"
    r"[^\n]{0,60}\s*(?:```\w*\s*)?$",
    re.IGNORECASE,
)
"""What leads to an object that is shown and not meant."""
_ESCAPE = re.compile(r"\\(\\|\"|/|u[0-9a-fA-F]{4})|\\")
_LATEX_LOST = re.compile(r"[\f\b\r\t]")
r"""What `\frac`, `\beta`, `\rho` and `\times` become where a model forgets to double the stroke."""
_MOST_OPENINGS = 20


def object_answer(text: str, *, choice: bool = False) -> tuple[int, str] | None:
    """Return where the object that ends `text` starts, and its answer (empty for null); none without an object of one.

    Where a letter is asked for (`choice`), an object that names two different ones answers nothing.
    """
    body = text.rstrip().removesuffix("```").rstrip()
    if not body.endswith("}"):
        return None
    for opening in list(_OPENING.finditer(body))[:_MOST_OPENINGS]:
        held = _answers(body[opening.start() :])
        if held:
            shown = _SHOWN.search(body[: opening.start()])
            return opening.start(), "" if shown else _decided(held, choice)
    return None


def _decided(held: list[str], choice: bool) -> str:
    """Return the answer of the first key; where a letter is asked for, the one that names it."""
    if not choice:
        return held[0]
    lettered = {named: value for value in held if (named := letters(value))}
    return held[0] if not lettered else next(iter(lettered.values())) if len(lettered) == 1 else ""


def _answers(text: str) -> list[str]:
    """Return what the object that all of `text` is holds under the keys of an answer, by their rank."""
    for spelled in (text, _ESCAPE.sub(lambda mark: mark[0] if mark[1] else r"\\", text)):
        try:
            found = json.loads(spelled, parse_int=str, parse_float=str, parse_constant=str, strict=False)
        except (ValueError, RecursionError):
            continue
        keyed = {re.sub(r"[\W_]", "", str(key)).casefold(): value for key, value in found.items()}
        held = [_written(keyed[key]) for key in _KEYS if key in keyed]
        if not any(map(_LATEX_LOST.search, held)):
            return [value.strip() for value in held]
    return []


def _written(value: object) -> str:
    """Return a value as an answer is written; empty for null and for what is no value or list of values."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        parts = [_written(part) for part in value if isinstance(part, str | bool)]
        return ", ".join(parts) if len(parts) == len(value) and all(parts) else ""
    return value if isinstance(value, str) else ""
