r"""Vectors written as sums of unit vectors: `2\mathbf{i} - 3\mathbf{j} + 5\mathbf{k}` is `(2, -3, 5)`."""

import re

from stages.answers.shapes.shapes import Atom, Items, Matrix, Reading
from stages.answers.shapes.split import split_top

_UNITS = "ijk"
_SIGN = re.compile(r"[-+]")
_TERM = re.compile(r"(?P<factor>.*?)\s*(?:\\cdot|\*)?\s*(?<!p)(?<!\\)(?P<unit>[ijk])", re.DOTALL)
_COMMAND = re.compile(r"\\[A-Za-z]+")


def as_vectors(one: Reading, other: Reading) -> tuple[Reading, Reading]:
    """Return both with a sum of unit vectors as a tuple, where the other is a tuple or a matrix of as many parts."""
    if isinstance(one, Atom):
        return _components(one, other) or one, other
    return one, (_components(other, one) or other) if isinstance(other, Atom) else other


def _components(value: Atom, twin: Reading) -> Items | None:
    """Return the components of a sum of at least two unit vectors; none for any other formula."""
    size = _size(twin)
    factors = _factors(value.text) if size and value.plus is None else None
    if not factors or len(factors) < 2 or max(map(_UNITS.index, factors)) >= size:
        return None
    return Items(tuple(Atom(factors.get(unit, "0")) for unit in _UNITS[:size]), "(", ")")


def _size(reading: Reading) -> int:
    """Return the number of components of a vector of the plane or of space; 0 for anything else."""
    if isinstance(reading, Matrix):
        height, width = len(reading.rows), len(reading.rows[0]) if reading.rows else 0
        size = max(height, width) if min(height, width) == 1 else 0
    else:
        size = len(reading.items) if isinstance(reading, Items) and reading.opening == "(" else 0
    return size if size in (2, 3) else 0


def _factors(text: str) -> dict[str, str] | None:
    """Return the factor of each unit vector in a sum of nothing else."""
    pieces = split_top(text.strip(), _SIGN)
    pieces = ["+", *pieces] if pieces[0].strip() else pieces[1:]
    factors: dict[str, str] = {}
    for sign, term in zip(pieces[::2], pieces[1::2], strict=False):
        match = _TERM.fullmatch(term.strip())
        factor = match["factor"].strip() if match else ""
        if match is None or match["unit"] in factors or re.search("[ijk]", _COMMAND.sub("", factor)):
            return None
        factors[match["unit"]] = f"{'-' if sign == '-' else ''}{f'({factor})' if factor else '1'}"
    return factors
