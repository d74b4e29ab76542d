"""The cascade: identical, choice or truth, normalised, time, number, then structure and formulas."""

from dataclasses import replace

from stages.answers.choices import letters, truth
from stages.answers.clean import tidy
from stages.answers.compare import readings_equal
from stages.answers.formulas import Formulas, UndecidedError
from stages.answers.lexer import UnreadableError
from stages.answers.moments import moments_equal
from stages.answers.parser import parse
from stages.answers.prose import has_formula, is_code, is_prose, value_in
from stages.answers.reading import Atom, Items, Matrix, Reading, Relation, Union, named, read
from stages.answers.units import measure
from stages.answers.values import is_words, plain_numbers, same_words, words_key
from stages.answers.verdict import Verdict, undecided

_LONGEST_ANSWER = 4000


def decide(gold: str, answer: str, extraction: str, *, kind: str | None, last_number: bool) -> Verdict:
    """Return the verdict on a final answer against the gold's."""
    if answer.strip() == gold.strip():
        return Verdict("correct", "", "identical", answer, extraction)
    if len(answer) > _LONGEST_ANSWER or len(gold) > _LONGEST_ANSWER:
        return _too_long(gold, answer, extraction)
    worded = _worded(gold, answer, kind)
    if worded is not None:
        return Verdict("correct" if worded[0] else "incorrect", "", worded[1], answer, extraction)
    left, right = tidy(gold), tidy(answer)
    if words_key(left) == words_key(right):
        return Verdict("correct", "", "normalised", answer, extraction)
    if moments_equal(left, right):
        return Verdict("correct", "", "time", answer, extraction)
    if kind == "text" or (kind is None and is_words(left)):
        return Verdict("correct" if same_words(left, right) else "incorrect", "", "text", answer, extraction)
    if extraction != "boxed" and is_prose(answer) and (has_formula(answer) or not _readable(right)):
        reduced = value_in(answer)
        if is_code(answer) or (extraction == "bare" and reduced is not None and not last_number):
            return undecided("no_answer", answer, extraction)
        if reduced is not None and reduced != answer:
            return decide(
                gold, reduced, "last_value" if extraction == "bare" else extraction, kind=kind, last_number=False
            )
    return _compared(left, right, kind, answer, extraction)


def _too_long(gold: str, answer: str, extraction: str) -> Verdict:
    """Only digits beyond any gold are plainly another number; what else is this long stays open."""
    if answer.strip().lstrip("-0").isdigit() and len(gold) <= _LONGEST_ANSWER:
        return Verdict("incorrect", "", "number", answer[:_LONGEST_ANSWER], extraction)
    return undecided("too_long", answer[:_LONGEST_ANSWER], extraction)


def _worded(gold: str, answer: str, kind: str | None) -> tuple[bool, str] | None:
    """Compare choices and truths; none when the gold is neither."""
    wanted = letters(gold)
    if wanted is not None and (kind == "choice" or (kind is None and len(gold.strip("() .$")) == 1)):
        found = letters(answer, loose=kind == "choice")
        if found is not None or kind == "choice":
            return found == wanted, "choice"
    says = truth(gold)
    if says is not None and kind != "choice" and (kind in ("boolean", "text") or sum(map(str.isalpha, gold)) > 1):
        return truth(answer) == says, "boolean"
    return None


def _compared(left: str, right: str, kind: str | None, answer: str, extraction: str) -> Verdict:
    numbers = plain_numbers(left, right)
    if numbers is not None:
        return Verdict("correct" if numbers else "incorrect", "", "number", answer, extraction)
    formulas = Formulas()
    try:
        gold = _shaped(read(left), kind)
    except UnreadableError:
        return undecided("gold", answer, extraction)
    try:
        equal = readings_equal(gold, _shaped(read(right), kind), formulas)
    except UnreadableError as error:
        return Verdict("incorrect", str(error), "structure", answer, extraction)
    except UndecidedError as error:
        return undecided(str(error), answer, extraction)
    except RecursionError:
        return undecided("too_deep", answer, extraction)
    rule = "symbolic" if formulas.used_child else "algebraic" if formulas.used else "structure"
    return Verdict("correct" if equal else "incorrect", "", rule, answer, extraction)


def _shaped(reading: Reading, kind: str | None) -> Reading:
    """Return the reading with its order as the kind says: a set has none, a tuple has one."""
    if not isinstance(reading, Items) or kind not in ("set", "tuple"):
        return reading
    if kind == "set":
        return replace(reading, opening="{", closing="}")
    return reading if reading.opening in ("(", "[") else replace(reading, opening="(", closing=")")


def _readable(text: str) -> bool:
    """Tell whether all of a tidied answer reads as values and formulas."""
    try:
        return _all_read(read(text))
    except UnreadableError:
        return False


def _all_read(reading: Reading) -> bool:
    if isinstance(reading, Atom):
        if is_words(reading.text):
            return False
        parse(measure(reading.text).core)
        return True
    if isinstance(reading, Relation):
        return all(_all_read(Atom(side)) for side in reading.sides[named(reading) is not None :])
    if isinstance(reading, Matrix):
        return all(_all_read(cell) for row in reading.rows for cell in row)
    parts = (
        reading.items if isinstance(reading, Items) else reading.parts if isinstance(reading, Union) else reading.terms
    )
    return all(_all_read(part) for part in parts)
