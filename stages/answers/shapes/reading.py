"""An answer read by its shape: a value, a list, tuple or set, an interval, a union, a matrix, a relation, words.

Reading only splits text; nothing is evaluated. What is ambiguous by itself (a bare list, a decimal
comma) is settled by the comparison.
"""

import re
from dataclasses import replace
from itertools import pairwise

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT, strip_wrappers
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.quantities.moments import clock
from stages.answers.quantities.numbers import read_numbers
from stages.answers.shapes.matrices import matrix_cells
from stages.answers.shapes.shapes import Atom, Items, Matrix, Piecewise, Ratio, Reading, Relation, Union
from stages.answers.shapes.split import link_of, split_commas, split_linked, split_top
from stages.answers.shapes.systems import System, branches_of, system_of

_RELATIONS = re.compile(
    r"\\le(?![a-z])|\\ge(?![a-z])|\\ne(?![a-z])|<=|>=|!=|=|<|>|\\approx|\\in(?![a-z])|\\sim(?![a-z])|\\equiv(?![a-z])"
)
_WITHOUT = re.compile(r"\\(?:setminus|backslash)(?![a-z])")
_SPELLED = {r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\approx": "~", r"\sim": "~", r"\in": "in", r"\equiv": "="}
_REALS = re.compile(rf"\\mathbb\s*\{{?\s*R\s*\}}?|{OPEN_TEXT}(?:all )?real(?: number)?s?{CLOSE_TEXT}")
_INDEX = r"(?:_\{?\w+\}?)?"
_NAMES = (
    rf"(?:[A-Za-z]|\\[a-z]+)'*{_INDEX}'*(?:\s*\(\s*[A-Za-z](?:\s*,\s*[A-Za-z])*\s*\))?",  # x, a_1, f(x), \lambda
    rf"\(\s*[A-Za-z]\w?{_INDEX}(?:\s*,\s*[A-Za-z]\w?{_INDEX})*\s*\)",  # (x, y)
    r"(?:\\(?:angle|triangle|overline|vec)\s*)?\{?[A-Z]{1,4}'?\}?",  # \angle ABC, AB
    r"\|[A-Z]{2,3}\||P\s*\([^()=]*\)",  # |AB|, P(A)
    r"[A-Za-z]\^\{-1\}\s*\([A-Za-z]\)|\\frac\{d\^?\d?[A-Za-z]?\}\{d[A-Za-z]\^?\d?\}",  # f^{-1}(x), dy/dx
    r"\\frac\{[A-Z]{1,3}\}\{[A-Z]{1,3}\}",  # AB/CD
    rf"[A-Za-z]{_INDEX}(?::[A-Za-z]{_INDEX})+",  # a:b
    rf"{OPEN_TEXT}[^{CLOSE_TEXT}]*{CLOSE_TEXT}(?:\s*\([^()=]*\))?",  # \text{Area}
    r"[A-Za-z][a-z]{2,}(?: [A-Za-z]+){0,4}",  # Total cost
)
_NAME = re.compile("|".join(_NAMES))
_DESCRIBED = re.compile(r"\\\{\s*\w+\s*(?:\\in\s*[^|:]{1,30})?(?:\\mid|\||:)(.*)\\\}", re.DOTALL)
_OPEN_INTERVAL = re.compile(r"([\[\]])([^\[\],;]+)[,;]([^\[\],;]+)([\[\]])")
r"""`]a, b[` and its like, as French books write open ends."""
_REALS_BUT = re.compile(
    rf"{OPEN_TEXT}?(?:the set of )?(?:all )?real(?: number|s)?s? ?(?:[a-z] )?"
    rf"(?:except|other than|excluding)(?: for)?\s*{CLOSE_TEXT}?\s*(?:[a-z]\s*=)?\s*(.+)",
    re.IGNORECASE,
)
_POINT = re.compile(r"([A-Z]'*(?:_\{?\w+\}?)?)\s*(\([^()]*,.*\))")
_TO = re.compile(rf"\s+(?:to|{OPEN_TEXT}\s*to\s*{CLOSE_TEXT})\s+")
_CLOCK_LIKE = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2})?\s*")
_WORDS_IN_ONE = re.compile(rf"{OPEN_TEXT}([^{OPEN_TEXT}{CLOSE_TEXT}]*){CLOSE_TEXT}")
_DEEPEST = 6
_MOST_ITEMS = 500


def read(text: str, depth: int = 0) -> Reading:
    """Return the shape of a tidied answer."""
    if depth > _DEEPEST:
        raise UnreadableError("too_deep")
    text = strip_wrappers(text)
    if _REALS.fullmatch(text):
        return Items((Atom(r"-\infty"), Atom(r"\infty")), "(", ")")
    if text in (r"\emptyset", r"\varnothing", r"\{\}", r"\{ \}"):
        return Items((), "{", "}")
    parts = split_top(text, r"\cup")
    if len(parts) > 1:
        return _joined([read(part, depth + 1) for part in parts])
    whole, *taken = split_top(text, _WITHOUT)[::2]
    if taken and _REALS.fullmatch(whole.strip()):
        return _without(read(taken[0], depth + 1))
    if but := _REALS_BUT.fullmatch(text):
        return _without(read(but[1], depth + 1))
    open_ends = _OPEN_INTERVAL.fullmatch(text)
    if open_ends and (open_ends[1], open_ends[4]) != ("[", "]"):
        low, high = (read(end, depth + 1) for end in (open_ends[2], open_ends[3]))
        return Items((low, high), "[" if open_ends[1] == "[" else "(", "]" if open_ends[4] == "]" else ")")
    system = system_of(text)
    if system is not None:
        return _system(system, depth)
    return _listed(text, depth) or _related(text, depth) or _bracketed(text, depth)


def _system(system: System, depth: int) -> Reading:
    """Return the branches of a function told in pieces, or the list of what the rows say."""
    branches = branches_of(system)
    if branches is not None:
        return Piecewise(tuple((read(value, depth + 1), read(condition, depth + 1)) for value, condition in branches))
    rows = [read(" ".join(row), depth + 1) for row in system.rows]
    return rows[0] if len(rows) == 1 else _list(rows)


def _joined(parts: list[Reading]) -> Reading:
    """Return a union; of finite sets alone, the set of all their elements."""
    sets = [part for part in parts if isinstance(part, Items) and part.opening == "{"]
    if len(sets) == len(parts):
        return Items(tuple(item for part in sets for item in part.items), "{", "}")
    return Union(tuple(parts))


def _without(points: Reading) -> Reading:
    """Return the real numbers without a few points, or without an interval, as a union of intervals."""
    if isinstance(points, Items) and points.opening in ("(", "[") and len(points.items) == 2:
        low, high = points.items
        below = Items((Atom(r"-\infty"), low), "(", ")" if points.opening == "[" else "]")
        above = Items((high, Atom(r"\infty")), "(" if points.closing == "]" else "[", ")")
        return Union((below, above))
    items = points.items if isinstance(points, Items) else (points,)
    atoms = [item for item in items if isinstance(item, Atom)]
    values = [read_numbers(atom.text) for atom in atoms]
    if len(atoms) != len(items) or (len(atoms) > 1 and not all(values)):
        raise UnreadableError("unsupported")
    if all(values):
        atoms = [atom for _, atom in sorted(zip(values, atoms, strict=True), key=lambda pair: pair[0][0].value)]
    ends = [Atom(r"-\infty"), *atoms, Atom(r"\infty")]
    return Union(tuple(Items((low, high), "(", ")") for low, high in pairwise(ends)))


def _listed(text: str, depth: int) -> Reading | None:
    words = _WORDS_IN_ONE.fullmatch(text)
    text = words[1] if words and len(split_linked(words[1])) > 1 else text
    groups = split_linked(text)
    if len(groups) == 1:
        parts = split_commas(groups[0])
        return None if len(parts) == 1 else _list([read(part, depth + 1) for part in parts])
    readings: list[Reading] = []
    for group in groups:
        pieces = [read(piece, depth + 1) for piece in split_commas(group)]
        if len(pieces) > 1 and all(named(piece) for piece in pieces):
            readings.append(Items(tuple(pieces), "(", ")"))
        else:
            readings.extend(pieces)
    return replace(_list(readings), link=link_of(text))


def _list(readings: list[Reading]) -> Items:
    if len(readings) > _MOST_ITEMS:
        raise UnreadableError("too_many_terms")
    return Items(tuple(readings))


def _related(text: str, depth: int) -> Reading | None:
    sides = split_top(text, _RELATIONS)
    if len(sides) == 1:
        return None
    signs = tuple(_SPELLED.get(sign, sign) for sign in sides[1::2])
    if signs == ("in",):
        return read(sides[2], depth + 1)
    return Relation(tuple(side.strip() for side in sides[::2]), signs)


def _bracketed(text: str, depth: int) -> Reading:
    framed = text.startswith(("(\\begin", "[\\begin")) and text.endswith((")", "]"))
    cells = matrix_cells(text[1:-1] if framed else text)
    if cells is not None:
        return Matrix(tuple(tuple(read(cell, depth + 1) for cell in row) for row in cells))
    described = _DESCRIBED.fullmatch(text)
    if described:
        return read(described[1], depth + 1)
    opening, closing, inner = _brackets(text)
    if inner is not None:
        pieces = split_commas(inner, bracketed=True) if "," in inner else split_linked(inner)
        if len(pieces) > 1 or opening == "{":
            return Items(tuple(read(piece, depth + 1) for piece in pieces if piece.strip()), opening, closing)
    point = _POINT.fullmatch(text)
    if point:
        return Relation((point[1], point[2]), ("=",))
    if ":" in text and not _CLOCK_LIKE.fullmatch(text) and clock(text) is not None:
        return Atom(text)
    to = _TO.split(text)
    terms = to if len(to) > 1 and all(map(read_numbers, to)) else split_top(text, ":")
    if len(terms) > 1 and all(term.strip() for term in terms):
        literal = terms is to or _CLOCK_LIKE.fullmatch(text) is not None
        return Ratio(tuple(read(term, depth + 1) for term in terms), literal)
    return Atom(text)


def _brackets(text: str) -> tuple[str, str, str | None]:
    """Return the brackets round all of `text` and what is inside; none when they do not belong together."""
    opening = "{" if text.startswith("\\{") else text[:1]
    closing = "}" if text.endswith("\\}") else text[-1:]
    if opening not in ("(", "[", "{") or closing not in (")", "]", "}") or not text:
        return "", "", None
    start = 2 if text.startswith("\\{") else 1
    stop = len(text) - (2 if text.endswith("\\}") else 1)
    depth = 0
    for place, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0 and place < len(text) - 1:
                return "", "", None
    if depth or stop < start:
        return "", "", None
    bare = opening == "{" and not text.startswith("\\{")
    return ("" if bare else opening), ("" if bare else closing), text[start:stop]


def named(reading: Reading) -> str | None:
    """Return the name an equation gives to its value (`x` of `x = 5`, `f(x)` of `f(x) = 2x`); none if it gives none."""
    if not isinstance(reading, Relation) or any(sign not in ("=", "~") for sign in reading.signs):
        return None
    first, last = reading.sides[0], reading.sides[-1]
    if _NAME.fullmatch(first):
        return first.replace(" ", "")
    return last.replace(" ", "") if len(reading.sides) == 2 and _NAME.fullmatch(last) else None


def value_of(relation: Relation) -> str:
    """Return the value of a named equation: its last side, leaving out approximations of an exact one."""
    sides = relation.sides
    if not _NAME.fullmatch(sides[0]):
        return sides[0]
    exact = [side for side, sign in zip(sides[1:], relation.signs, strict=True) if sign == "="]
    return exact[-1] if exact else sides[1]
