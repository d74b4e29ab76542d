"""Equality of two single values: numbers exactly, formulas as formulas, words as words, units by policy."""

import re
import unicodedata
from fractions import Fraction

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT
from stages.answers.formulas.formulas import Formulas, UndecidedError
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.nodes import Node, contains, variables, with_sign
from stages.answers.formulas.parser import parse
from stages.answers.formulas.products import is_product
from stages.answers.quantities.chemistry import same_substance
from stages.answers.quantities.moments import moments_equal
from stages.answers.quantities.numbers import Number, numbers_equal, read_numbers, rounding
from stages.answers.quantities.units import PERCENT, Measure, letter_unit, measure, measures
from stages.answers.shapes.shapes import Atom

_HALF_TURN = Node("div", (Node("const", (), "pi"), Node("num", (), "180")))
_ARTICLE = re.compile(r"^(?:there (?:is|are|exists?) )?(?:(?:an?|the) )?(?=.)")
_PLAIN_DECIMAL = re.compile(r"-?\d*\.?\d*")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
"""`3,5`: a decimal only beside a gold that is one."""
_LINK = re.compile(r"\s+and\s+|\s+or\s+|[,;&]")
_GAP = re.compile(r"(?<!\d)\s+|\s+(?!\d)")
_MALFORMED = frozenset(("unreadable", "words"))


def values_equal(gold: Atom, answer: Atom, formulas: Formulas) -> bool:
    """Tell whether two values are equal, or raise `UndecidedError`."""
    substance = same_substance(gold.text, answer.text)
    if substance is not None:
        return substance
    if words_key(gold.text) == words_key(answer.text) and gold.plus == answer.plus:
        return True
    same_moment = moments_equal(gold.text, answer.text)
    if same_moment is not None:
        return same_moment
    one, other = measures(gold.text, answer.text)
    if one.dimension and other.dimension and one.dimension != other.dimension:
        return False
    ones, others = read_numbers(one.core), read_numbers(other.core)
    if ones and others:
        return any(_numbers(x, y, one, other) for x in ones for y in others)
    for numbers, text in ((ones, answer.text), (others, gold.text)):
        lettered = read_numbers(letter_unit(text) or "")
        if numbers and lettered:
            return numbers[0].value == lettered[0].value
    return _formulas(gold, answer, (one, other), (ones, others), formulas)


def plain_numbers(gold: str, answer: str) -> bool | None:
    """Tell whether two plain numbers are equal; none when either is no number, or one that may also be a list."""
    one, other = measures(gold, answer)
    ones, others = read_numbers(one.core), read_numbers(other.core)
    if ones and not others and "." in one.core and _DECIMAL_COMMA.fullmatch(other.core):
        others = read_numbers(other.core.replace(",", "."))
    if not ones or not others:
        return None
    if one.dimension and other.dimension and one.dimension != other.dimension:
        return False
    if any(_numbers(x, y, one, other) for x in ones for y in others):
        return True
    return None if "," in one.core + other.core else False


def words_key(text: str) -> str:
    """Return what two pieces of text must share to be the same words: letters and digits, case and marks aside."""
    text = text.replace(OPEN_TEXT, " ").replace(CLOSE_TEXT, " ")
    text = unicodedata.normalize("NFKC", text)
    parts = [part.strip() for part in _LINK.split(text)]
    folded = text if all(map(is_product, parts)) else text.casefold()
    words = " ".join(re.sub(r"[\s\"'.,;:!?()\[\]]+", " ", folded).split())
    return _ARTICLE.sub("", words) if is_words(text) else _GAP.sub("", text)


def same_words(gold: str, answer: str) -> bool:
    """Tell whether two pieces of text list the same words, in any order."""
    golds, answers = ([part.strip() for part in _LINK.split(text) if part.strip()] for text in (gold, answer))
    one, other = ({words_key(part) for part in parts} for parts in (golds, answers))
    confused = any(same_substance(part, twin) is False for part in golds for twin in answers)
    return len(one) > 1 and one == other and not confused


def is_words(text: str) -> bool:
    """Tell whether an answer is words, never to be read as a formula: letters only, or letters beyond any formula."""
    bare = text.replace(OPEN_TEXT, "").replace(CLOSE_TEXT, "").strip()
    if OPEN_TEXT in text and not re.search(r"\d|\\", text):
        return True
    if re.fullmatch(r"[^\W\d_]{2,}(?:[\s'\-.,&][^\W\d_]*)*", bare) and not re.fullmatch(
        r"pi|oo|inf|infinity", bare, re.IGNORECASE
    ):
        return True
    return bool(re.search(r"[^\W\d_A-Za-z\u0370-\u03ff]{2,}", bare))


def node_of(atom: Atom) -> Node:
    """Return the formula of a value, its plus-minus settled."""
    core = measure(atom.text).core
    numbers = read_numbers(core) if re.search(r"[,.]|\d[eE][-+]?\d", core) else []
    node = _exact(numbers[0].value) if numbers and not _PLAIN_DECIMAL.fullmatch(core) else parse(core)
    return node if atom.plus is None else with_sign(node, atom.plus)


def _exact(value: Fraction) -> Node:
    above = Node("num", (), str(abs(value.numerator)))
    quotient = Node("div", (above, Node("num", (), str(value.denominator))))
    return Node("neg", (quotient,)) if value < 0 else quotient


def plus_minus(atom: Atom) -> list[Atom]:
    """Return the two values that a plus-minus stands for, or the value alone."""
    if atom.plus is None and (r"\pm" in atom.text or r"\mp" in atom.text):
        return [Atom(atom.text, True), Atom(atom.text, False)]
    return [atom]


def _numbers(gold: Number, answer: Number, one: Measure, other: Measure) -> bool:
    if (one.dimension == PERCENT) != (other.dimension == PERCENT):
        return _percent(gold, answer, one.dimension == PERCENT)
    if one.factor and other.factor and one.factor != other.factor:
        return gold.value * one.factor == answer.value * other.factor
    return numbers_equal(gold, answer)


def _percent(gold: Number, answer: Number, gold_is_percent: bool) -> bool:
    """Compare when one side bears a percent sign: it may be left out as a unit, or worked out (p/100)."""
    if gold_is_percent:
        return numbers_equal(gold, answer) or gold.value / 100 == answer.value
    return answer.value / 100 == gold.value or (abs(gold.value) > 1 and gold.value == answer.value)


def _formulas(
    gold: Atom,
    answer: Atom,
    measures: tuple[Measure, Measure],
    numbers: tuple[list[Number], list[Number]],
    formulas: Formulas,
) -> bool:
    if is_words(gold.text) or is_words(answer.text):
        return False
    try:
        left = node_of(gold)
    except UnreadableError as error:
        raise UndecidedError("gold") from error
    try:
        right = node_of(answer)
    except UnreadableError as error:
        if str(error) in _MALFORMED:
            return False
        raise UndecidedError(str(error)) from error
    return _scaled(left, right, measures, numbers, formulas)


def _scaled(
    left: Node,
    right: Node,
    measures: tuple[Measure, Measure],
    numbers: tuple[list[Number], list[Number]],
    formulas: Formulas,
) -> bool:
    one, other = measures
    ones, others = numbers
    if (one.dimension == "angle") != (other.dimension == "angle") and (
        contains(left, "const") or contains(right, "const")
    ):
        turned = [
            Node("mul", (node, _HALF_TURN)) if m.dimension == "angle" else node
            for node, m in ((left, one), (right, other))
        ]
        if formulas.equal(turned[0], turned[1]):
            return True
    if (one.dimension == PERCENT) != (other.dimension == PERCENT):
        hundredths = [
            Node("percent", (node,)) if m.dimension == PERCENT else node for node, m in ((left, one), (right, other))
        ]
        return formulas.equal(hundredths[0], hundredths[1]) or (
            one.dimension == PERCENT and formulas.equal(left, right)
        )
    tolerance = None
    if not variables(left) and not variables(right):
        tolerance = _tolerance(left, right, ones, others)
    return formulas.equal(left, right) or (tolerance is not None and formulas.equal(left, right, tolerance))


def _tolerance(left: Node, right: Node, ones: list[Number], others: list[Number]) -> Fraction | None:
    """Return the rounding allowed between a decimal and a formula that is not written as one number."""
    if bool(ones) == bool(others):
        return None
    return rounding(ones[0] if ones else None, others[0] if others else None)
