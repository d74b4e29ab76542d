"""Numbers within a tolerance of the gold's, part by part, where the source says how far an answer may lie."""

from collections.abc import Sequence
from fractions import Fraction

from stages.answers.formulas.clean import tidy
from stages.answers.formulas.formulas import Formulas, UndecidedError
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.nodes import Node, variables
from stages.answers.quantities.numbers import read_numbers
from stages.answers.quantities.units import Measure, measures
from stages.answers.shapes.reading import named, read, value_of
from stages.answers.shapes.shapes import Atom, Items, Reading, Relation
from stages.answers.shapes.values import node_of, plus_minus

_MOST_PARTS = 24


def within_tolerance(gold: str, answer: str, tolerance: float, *, ordered: bool = False) -> bool:
    """Tell whether each part of an answer is known to lie within `tolerance` of a part of the gold of its own."""
    try:
        wanted, given = _parts(read(tidy(gold))), _parts(read(tidy(answer)))
    except UnreadableError:
        return False
    if not wanted or len(wanted) != len(given) or len(wanted) > _MOST_PARTS:
        return False
    bound, formulas = Fraction(tolerance), Formulas()
    try:
        if ordered:
            return all(_close(one, other, bound, formulas) for one, other in zip(wanted, given, strict=True))
        return _all_paired([[_close(one, other, bound, formulas) for other in given] for one in wanted])
    except (UndecidedError, RecursionError):
        return False


def _parts(reading: Reading) -> list[Atom]:
    """Return the values in a reading, a plus-minus as its two; none where it holds anything else."""
    if isinstance(reading, Relation):
        return _parts(read(value_of(reading))) if named(reading) is not None else []
    if isinstance(reading, Atom):
        return plus_minus(reading)
    if not isinstance(reading, Items):
        return []
    parts = [_parts(item) for item in reading.items]
    return [atom for part in parts for atom in part] if all(parts) else []


def _close(gold: Atom, answer: Atom, bound: Fraction, formulas: Formulas) -> bool:
    """Compare in the gold's unit; an answer without a unit is taken to be in it."""
    one, other = measures(gold.text, answer.text)
    if one.dimension and other.dimension and one.dimension != other.dimension:
        return False
    factor = _factor(one, other)
    ones, others = read_numbers(one.core), read_numbers(other.core)
    if ones and others:
        return any(abs(x.value - y.value * factor) <= bound for x in ones for y in others)
    try:
        left, right = node_of(gold), node_of(answer)
    except UnreadableError:
        return False
    if variables(left) or variables(right):
        return False
    return formulas.equal(left, right if factor == 1 else Node("mul", (right, _number(factor))), bound)


def _factor(gold: Measure, answer: Measure) -> Fraction:
    return answer.factor / gold.factor if gold.factor and answer.factor else Fraction(1)


def _number(value: Fraction) -> Node:
    return Node("div", (Node("num", (), str(value.numerator)), Node("num", (), str(value.denominator))))


def _all_paired(near: Sequence[Sequence[bool]]) -> bool:
    """Tell whether every row can have a column of its own among those that are near (Kuhn's augmenting paths)."""
    taken: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for column, is_near in enumerate(near[row]):
            if is_near and column not in tried:
                tried.add(column)
                if column not in taken or place(taken[column], tried):
                    taken[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(near)))
