r"""Rows that stand one under the other and are no matrix: systems (`cases`, `aligned`, an `array`) and branches."""

import re
from dataclasses import dataclass

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT
from stages.answers.shapes.split import split_top

_OUTSIDE = re.compile(
    r"(?:\\\{\s*)?\\begin\{(?P<name>[a-z]+\*?)\}(?:\{[^{}]*\})?(?P<inner>.*)\\end\{(?P=name)\}", re.DOTALL
)
_SYSTEMS = frozenset(
    ["cases", "dcases", "rcases", "aligned", "align", "align*", "alignat", "gathered", "gather", "gather*", "split",
     "eqnarray", "eqnarray*", "array"]
)  # fmt: skip
_ROW_END = re.compile(r"\\\\|\\cr(?![a-z])")
_CELL_END = re.compile("&")
_RELATES = re.compile(r"[=<>]|\\(?:le|ge|ne|in|equiv)(?![a-z])")
_WHEN = re.compile(
    rf"{OPEN_TEXT}\s*(?:,\s*)?(?:if|when|for|where|whenever|provided that)\b\s*{CLOSE_TEXT}?", re.IGNORECASE
)
_ELSE = re.compile(rf"{OPEN_TEXT}?\s*(?:otherwise|else|elsewhere)\b[^{CLOSE_TEXT}]*{CLOSE_TEXT}?", re.IGNORECASE)
OTHERWISE = f"{OPEN_TEXT}otherwise{CLOSE_TEXT}"


@dataclass(frozen=True)
class System:
    """The rows of an environment, each as its cells."""

    name: str
    rows: tuple[tuple[str, ...], ...]


def system_of(text: str) -> System | None:
    """Return the rows of a system that is all of `text`; none for a matrix, and for anything else."""
    match = _OUTSIDE.fullmatch(text.strip())
    if match is None or match["name"] not in _SYSTEMS or f"\\end{{{match['name']}}}" in match["inner"]:
        return None
    rows = [split_top(row, _CELL_END)[::2] for row in split_top(match["inner"], _ROW_END)[::2] if row.strip(" &,;.")]
    system = System(match["name"], tuple(tuple(cell.strip().strip(",;").strip() for cell in row) for row in rows))
    if match["name"] != "array":
        return system if rows else None
    related = all(_RELATES.search(" ".join(row)) for row in system.rows)
    return system if rows and (related or branches_of(system) is not None) else None


def branches_of(system: System) -> list[tuple[str, str]] | None:
    """Return the (value, condition) pairs of a function told in pieces; none where the rows say anything else."""
    branches = [_branch(row) for row in system.rows]
    told = [branch for branch in branches if branch is not None]
    return told if len(told) == len(branches) and len(told) > 1 else None


def _branch(row: tuple[str, ...]) -> tuple[str, str] | None:
    cells = [cell for cell in row if cell]
    if len(cells) == 1:
        when = _WHEN.search(cells[0]) or _ELSE.search(cells[0])
        if when is None or not when.start():
            return None
        value, condition = cells[0][: when.start()], cells[0][when.start() :]
    elif len(cells) == 2:
        value, condition = cells
    else:
        return None
    if _RELATES.search(value) or _RELATES.match(condition):
        return None
    if not _RELATES.search(condition) and OPEN_TEXT not in condition and not _ELSE.fullmatch(condition):
        return None
    condition = OTHERWISE if _ELSE.fullmatch(condition.strip()) else _WHEN.sub(" ", condition).strip()
    return value.strip(" ,;"), condition.replace(f" {CLOSE_TEXT}", " ") if condition else OTHERWISE
