"""What an equation says: the value it names or works out, and whether two names may stand for one thing."""

import re

from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.nodes import Node, variables
from stages.answers.formulas.parser import parse
from stages.answers.shapes.reading import named, read, value_of
from stages.answers.shapes.shapes import Matrix, Reading, Relation

_FUNCTION = re.compile(r"[A-Za-z]\w*\(.*\)|y|[fgz]|\(.*\)|⟦.*|[A-Za-z]{3,}.*")
_DERIVATIVE = re.compile(
    r"(?:[A-Za-z]\w*)(?P<primes>'+)(?:\(.*\))?|\\frac\{d\^?(?P<order>\d?)\w*(?:\(.*\))?\}\{d\w\^?\d?\}"
)
_EVALUATED = re.compile(
    r"\\(?:lim|i*int|oint|sum|prod|max|min|gcd|det|sup|dim|deg|lVert|Vert)(?![a-z])|matrix|\\frac\{(?:d|\\partial)[\^}\d]"
    r"|(?<![A-Za-z])(?:lcm|gcd|max|min|det)(?![A-Za-z])|^\|.*\|$"
)
"""A side that says what is worked out, as of `\\gcd(12, 18) = 6`: the answer is what it comes to."""
_LETTERS_ADDED = re.compile(r"\s*[a-z](?:\s*\+\s*[a-z])+\s*")
_MATRICES = re.compile(r"(?:[A-Z]'*(?:\^(?:\{(?:-?\d|[A-Z]|\\top\s?)\}|[\dT]|\\top(?![a-z])))?\s*)+")
"""Products and powers of matrices by their names (`A^{-1}B`), which a matrix behind them is worked out from."""


def stated_value(reading: Reading) -> Reading:
    """Return the value of a named or evaluated equation, and any other reading as it is."""
    if not isinstance(reading, Relation):
        return reading
    if named(reading) is not None:
        return read(value_of(reading))
    if set(reading.signs) == {"="} and all(map(_MATRICES.fullmatch, reading.sides[:-1])):
        last = read(reading.sides[-1])
        return last if isinstance(last, Matrix) else reading
    if set(reading.signs) == {"~"}:
        return read(reading.sides[0])
    first = reading.sides[0]
    worked_out = _EVALUATED.search(first) is not None and (r"\frac{d}" in first or not _is_readable(first))
    if set(reading.signs) <= {"=", "~"} and (worked_out or all(map(_is_constant, reading.sides))):
        exact = [side for side, sign in zip(reading.sides[1:], reading.signs, strict=True) if sign == "="]
        return read(exact[-1])
    return reading


def sum_value(reading: Reading) -> Reading:
    """Return what an answer says a sum of letters comes to (`m+n = 147+29 = 176`), and any other reading as it is."""
    if not isinstance(reading, Relation) or not _LETTERS_ADDED.fullmatch(reading.sides[0]):
        return reading
    rest = reading.sides[1:]
    return read(rest[-1]) if set(reading.signs) == {"="} and all(map(_is_constant, rest)) else reading


def _is_readable(text: str) -> bool:
    try:
        parse(text)
    except UnreadableError:
        return False
    return True


def _is_constant(text: str) -> bool:
    """Tell whether a side is a computation rather than one half of an equation in unknowns."""
    try:
        return not variables(parse(text))
    except UnreadableError:
        return _EVALUATED.search(text) is not None


def both_functions(one: str, other: str) -> bool:
    """Tell whether two names may stand for one function (`y` and `f(x)`), or for its derivative of one order."""
    orders = [
        (len(match["primes"]) if match["primes"] else int(match["order"] or 1)) if match else 0
        for match in (_DERIVATIVE.fullmatch(one), _DERIVATIVE.fullmatch(other))
    ]
    if any(orders):
        return orders[0] == orders[1]
    return bool(_FUNCTION.fullmatch(one) and _FUNCTION.fullmatch(other))


def variable(relation: Relation) -> str:
    """Return the variable that is one side of a relation; empty where none is."""
    names = [side.strip() for side in relation.sides if re.fullmatch(r"\s*(?:[A-Za-z]|\\[a-z]+)\s*", side)]
    return next((name for name in names if name != r"\infty"), "")


def difference(relation: Relation) -> Node:
    """Return the left side of a relation less its right one."""
    left, right = (parse(side) for side in relation.sides)
    return Node("add", (left, Node("neg", (right,))))
