"""Equality of two readings, by shape and element by element, down to values."""

from stages.answers.formulas.formulas import Formulas, UndecidedError
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.nodes import variables
from stages.answers.quantities.numbers import read_numbers
from stages.answers.quantities.units import measure
from stages.answers.shapes.assignments import same_assignments
from stages.answers.shapes.intervals import as_interval, merged
from stages.answers.shapes.ratios import same_ratio
from stages.answers.shapes.reading import named
from stages.answers.shapes.relations import both_functions, difference, stated_value, sum_value, variable
from stages.answers.shapes.shapes import Atom, Items, Matrix, Piecewise, Ratio, Reading, Relation, Union
from stages.answers.shapes.values import plus_minus, values_equal, words_key
from stages.answers.shapes.vectors import as_vectors

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!=", "~": "~"}
_MOST_SYMBOLIC_ITEMS = 24


def readings_equal(gold: Reading, answer: Reading, formulas: Formulas) -> bool:
    """Tell whether two readings are equal, or raise `UndecidedError`."""
    if isinstance(gold, Relation) and isinstance(answer, Relation):
        return _relations(gold, answer, formulas)
    assigned = same_assignments(gold, answer)
    if assigned is not None:
        return len(assigned) > 0 and all(readings_equal(one, other, formulas) for one, other in assigned)
    gold, answer = stated_value(gold), stated_value(answer)
    answer = sum_value(answer) if isinstance(gold, Atom) else answer
    if isinstance(gold, Relation) or isinstance(answer, Relation):
        gold, answer = as_interval(gold) or gold, as_interval(answer) or answer
        if isinstance(gold, Relation) or isinstance(answer, Relation):
            return False
    if isinstance(gold, Atom) and isinstance(answer, Atom):
        golds, answers = plus_minus(gold), plus_minus(answer)
        if len(golds) == len(answers) == 1:
            return values_equal(gold, answer, formulas)
        return _unordered(golds, answers, formulas)
    if isinstance(gold, Items) and isinstance(answer, Items) and not (gold.opening and answer.opening):
        lines, twins = as_interval(gold), as_interval(answer)
        if lines is not None and twins is not None:
            return readings_equal(lines, twins, formulas)
    return _shapes(gold, answer, formulas)


def _shapes(gold: Reading, answer: Reading, formulas: Formulas) -> bool:
    one, other = as_vectors(as_interval(gold) or _as_matrix(gold), as_interval(answer) or _as_matrix(answer))
    if isinstance(one, Piecewise) or isinstance(other, Piecewise):
        return _piecewise(one, other, formulas)
    if isinstance(one, Union) or isinstance(other, Union):
        spans = merged(one)
        return (bool(spans) and spans == merged(other)) or _unordered(_parts(one), _parts(other), formulas)
    if isinstance(one, Matrix) and isinstance(other, Matrix):
        return len(one.rows) == len(other.rows) and all(
            _ordered(row, twin, formulas) for row, twin in zip(one.rows, other.rows, strict=True)
        )
    if isinstance(one, Matrix) or isinstance(other, Matrix):
        vectors = [_vector(reading) for reading in (one, other)]
        return all(vectors) and _ordered(vectors[0], vectors[1], formulas)
    if isinstance(one, Ratio) or isinstance(other, Ratio):
        return same_ratio(one, other, formulas)
    return _items(one, other, formulas)


def _piecewise(gold: Reading, answer: Reading, formulas: Formulas) -> bool:
    """Tell whether two functions are told in the same branches; told in others they may be the same all the same."""
    if not isinstance(gold, Piecewise) or not isinstance(answer, Piecewise):
        raise UndecidedError("piecewise")
    left = list(answer.branches)
    equal = len(gold.branches) == len(left)
    for value, condition in gold.branches:
        twin = next((branch for branch in left if readings_equal(condition, branch[1], formulas)), None)
        if twin is None or not equal:
            raise UndecidedError("piecewise")
        left.remove(twin)
        equal = readings_equal(value, twin[0], formulas)
    return equal


def _parts(reading: Reading) -> list[Reading]:
    return list(reading.parts) if isinstance(reading, Union) else [reading]


def _as_matrix(reading: Reading) -> Reading:
    """Return a list of lists in square brackets as the matrix it is, and any other reading as it is."""
    if not isinstance(reading, Items) or reading.opening != "[" or not reading.items:
        return reading
    rows = [item.items for item in reading.items if isinstance(item, Items) and item.opening == "["]
    square = len(rows) == len(reading.items) and len({len(row) for row in rows}) == 1
    return Matrix(tuple(rows)) if square else reading


def _vector(reading: Reading) -> tuple[Reading, ...]:
    if isinstance(reading, Matrix):
        if len(reading.rows) == 1:
            return reading.rows[0]
        return tuple(row[0] for row in reading.rows) if all(len(row) == 1 for row in reading.rows) else ()
    return reading.items if isinstance(reading, Items) and reading.opening in ("(", "[") else ()


def _items(gold: Reading, answer: Reading, formulas: Formulas) -> bool:
    one = gold if isinstance(gold, Items) else Items((gold,))
    other = answer if isinstance(answer, Items) else Items((answer,))
    if one.opening in ("(", "[") or other.opening in ("(", "["):
        if not _same_brackets(one, other) or _alternatives(one) or _alternatives(other):
            return False
        return _ordered(one.items, other.items, formulas)
    golds, answers = _expanded(one.items), _expanded(other.items)
    named_alike = _by_words(golds, answers)
    if named_alike:
        return all(readings_equal(gold, answer, formulas) for gold, answer in named_alike)
    if "{" in (one.opening, other.opening) or all(isinstance(item, Items) for item in golds):
        golds, answers = _distinct(golds), _distinct(answers)
    return _unordered(golds, answers, formulas)


def _alternatives(reading: Items) -> bool:
    """Tell whether a list gives several values to one name (`x = 1, x = 2`): they are no coordinates."""
    names = [named(item) for item in reading.items]
    return not reading.opening and len(names) > 1 and None not in names and len(set(names)) == 1


def _same_brackets(one: Items, other: Items) -> bool:
    if not one.opening or not other.opening:
        bracketed, bare = (one, other) if one.opening else (other, one)
        if bare.link and bracketed.opening != "{":
            return False
        return len(one.items) > 1 and not (len(bracketed.items) == 2 and "[" in bracketed.opening)
    if len(one.items) == 2:
        return (one.opening, one.closing) == (other.opening, other.closing)
    return "{" not in (one.opening, other.opening)


def _expanded(items: tuple[Reading, ...]) -> list[Reading]:
    expanded: list[Reading] = []
    for item in items:
        plain = stated_value(item) if isinstance(item, Relation) and r"\pm" in item.sides[-1] else item
        expanded.extend(plus_minus(plain) if isinstance(plain, Atom) else [plain])
    return expanded


def _by_words(golds: list[Reading], answers: list[Reading]) -> list[tuple[Reading, Reading]]:
    """Return amounts of several things, paired by what they are of (`3 apples, 2 pears`); empty for anything else."""
    words = [[_thing(item) for item in items] for items in (golds, answers)]
    if len(golds) < 2 or not all(words[0]) or len(set(words[0])) < len(golds) or sorted(words[0]) != sorted(words[1]):
        return []
    return [(gold, answers[words[1].index(word)]) for gold, word in zip(golds, words[0], strict=True)]


def _thing(reading: Reading) -> str:
    """Return the words behind a number that are no known unit; empty where there are none."""
    amount = measure(reading.text) if isinstance(reading, Atom) else None
    return (
        amount.unit.casefold().removesuffix("s")
        if amount and not amount.dimension and read_numbers(amount.core)
        else ""
    )


def _distinct(items: list[Reading]) -> list[Reading]:
    return list(dict.fromkeys(items))


def _ordered(golds: tuple[Reading, ...], answers: tuple[Reading, ...], formulas: Formulas) -> bool:
    if len(golds) != len(answers):
        return False
    return all(readings_equal(gold, answer, formulas) for gold, answer in zip(golds, answers, strict=True))


def _unordered(golds: list[Reading] | list[Atom], answers: list[Reading] | list[Atom], formulas: Formulas) -> bool:
    """Pair off equal elements: those written alike first, then the rest."""
    if len(golds) != len(answers):
        return False
    left, right = list[Reading](golds), list[Reading](answers)
    for gold in golds:
        if gold in right:
            left.remove(gold)
            right.remove(gold)
    if len(left) > _MOST_SYMBOLIC_ITEMS and not all(isinstance(item, Atom) for item in left):
        raise UndecidedError("too_many_terms")
    for gold in left:
        twin = next((answer for answer in right if readings_equal(gold, answer, formulas)), None)
        if twin is None:
            return False
        right.remove(twin)
    return True


def _relations(gold: Relation, answer: Relation, formulas: Formulas) -> bool:
    one, other = named(gold), named(answer)
    if one and other and (words_key(one) == words_key(other) or both_functions(one, other)):
        return readings_equal(stated_value(gold), stated_value(answer), formulas)
    left, right = as_interval(gold), as_interval(answer)
    if left is not None and right is not None and variable(gold) == variable(answer):
        return readings_equal(left, right, formulas)
    if len(gold.sides) == len(answer.sides) == 2:
        return _same_relation(gold, answer, formulas)
    plain, other_plain = stated_value(gold), stated_value(answer)
    if isinstance(plain, Relation) or isinstance(other_plain, Relation):
        return gold == answer
    return readings_equal(plain, other_plain, formulas)


def _same_relation(gold: Relation, answer: Relation, formulas: Formulas) -> bool:
    """Tell whether two equations or inequalities say the same: their differences are multiples of each other."""
    try:
        one, other = difference(gold), difference(answer)
    except UnreadableError:
        return False
    if not variables(one) or not variables(other):
        plain, twin = stated_value(gold), stated_value(answer)
        return (
            not isinstance(plain, Relation) and not isinstance(twin, Relation) and readings_equal(plain, twin, formulas)
        )
    sign = formulas.proportion(one, other)
    wanted = answer.signs[0] if sign > 0 else _FLIPPED.get(answer.signs[0], "")
    return sign != 0 and gold.signs[0] == wanted
