"""The cascade: identical, choice or truth, normalised, time, number, then structure and formulas."""

import re
from dataclasses import replace

from data.golds import letter_and_value
from stages.answers.find.choices import letters, truth
from stages.answers.find.closing import closing_words, doubtful, emphasised_words
from stages.answers.find.prose import has_formula, is_code, is_prose, value_in
from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT, REMAINDER, tidy
from stages.answers.formulas.formulas import Formulas, UndecidedError
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.parser import parse
from stages.answers.formulas.products import spelled_out
from stages.answers.kinds import kind_of
from stages.answers.quantities.chemistry import chemical_formula, same_substance
from stages.answers.quantities.moments import moments_equal
from stages.answers.quantities.units import measure
from stages.answers.shapes.compare import readings_equal
from stages.answers.shapes.reading import named, read
from stages.answers.shapes.shapes import Atom, Items, Matrix, Piecewise, Reading, Relation, Union
from stages.answers.shapes.values import is_words, plain_numbers, same_words, words_key
from stages.answers.verdict import Verdict, undecided

_LONGEST_ANSWER = 4000
_TRUTH_LETTERS, _TRUTH_WORDS = frozenset("TFYN"), frozenset(("true", "false", "yes", "no"))
_ANY_KIND = frozenset(("choice", "expression", "text"))
"""What a reader of golds calls a letter with a value, which says nothing of the value."""
_FREELY = re.compile(
    rf"^{OPEN_TEXT}\s*(?:for )?all (?:positive |negative |non-?negative |real |natural )*"
    rf"(?:integers?|numbers?|reals|values of)\s*{CLOSE_TEXT}"
    rf"|(?<=\S)[\s,]*{OPEN_TEXT}\s*,?\s*(?:for (?:any|all|every|each|some)|where|with)\b.*$",
    re.DOTALL,
)
"""What only says what may be chosen freely."""
_SEVERAL_CHOICES = re.compile(r"(?=[A-J]{2,6}$)A?B?C?D?E?F?G?H?I?J?")
"""Letters of a choice of several, in order; also a product, a segment or a word, so that only a list answers it."""
_WORDY = frozenset(("choice", "boolean", "text"))


def decide(gold: str, answer: str, extraction: str, *, kind: str | None, last_number: bool) -> Verdict:
    """Return the verdict on a final answer against the gold's; an unknown `kind` is inferred from the gold."""
    if answer.strip() == gold.strip():
        return Verdict("correct", "", "identical", answer, extraction)
    if len(answer) > _LONGEST_ANSWER or len(gold) > _LONGEST_ANSWER:
        return _too_long(gold, answer, extraction)
    wanted, given = letter_and_value(gold), letter_and_value(answer)
    if wanted is not None:
        return _lettered(wanted, given, answer, extraction, None if kind in _ANY_KIND else kind, last_number)
    if given is not None and kind not in _WORDY and (kind or kind_of(tidy(gold))) not in _WORDY:
        return replace(decide(gold, given[1], extraction, kind=kind, last_number=last_number), extracted=answer)
    left, right = tidy(gold), tidy(answer)
    if kind not in ("choice", "boolean"):
        plain, (left, right) = (left, right), spelled_out(left, right)
        kind = kind if (left, right) == plain else "expression"
    equal, rule = _plainly(left, right, kind)
    if equal is None:
        kind = kind or kind_of(left)
        equal, rule = _worded(gold, answer, left, right, kind)
    unsaid = equal is False and (rule == "text" or (rule == "boolean" and truth(answer) is None))
    if unsaid and last_number and extraction != "boxed" and (said := _said_in_words(left, answer)):
        return decide(gold, said, "last_value" if extraction == "bare" else extraction, kind=kind, last_number=False)
    if equal is not None:
        return Verdict("correct" if equal else "incorrect", "", rule, answer, extraction)
    if extraction != "boxed" and is_prose(answer) and (has_formula(answer) or not _readable(right)):
        reduced = value_in(answer)
        if is_code(answer) or (extraction == "bare" and reduced is not None and not last_number):
            return undecided("no_answer", answer, extraction)
        if reduced is not None and reduced != answer:
            found_by = "last_value" if extraction == "bare" else extraction
            return decide(gold, reduced, found_by, kind=kind, last_number=False)
    return _compared(left, right, kind, answer, extraction)


def _said_in_words(gold: str, answer: str) -> str | None:
    """Return the words, or for a chemical formula the formula, that a sentence ends on."""
    words = closing_words(answer) or emphasised_words(answer)
    return words or (value_in(answer) if chemical_formula(gold) else None)


def _lettered(
    wanted: tuple[str, str],
    given: tuple[str, str] | None,
    answer: str,
    extraction: str,
    kind: str | None,
    last_number: bool,
) -> Verdict:
    """Return the verdict against a gold of letter and value: either will do, but what is given must all be right."""
    named = frozenset(given[0]) if given else letters(answer)
    if named is not None and (named != {wanted[0]} or given is None):
        return Verdict("correct" if named == {wanted[0]} else "incorrect", "", "choice", answer, extraction)
    value = given[1] if given else answer
    verdict = replace(decide(wanted[1], value, extraction, kind=kind, last_number=last_number), extracted=answer)
    chosen = letters(answer, loose=True) if given is None and verdict.verdict != "correct" else None
    if chosen is None or extraction == "boxed":
        return verdict
    return Verdict("correct" if chosen == {wanted[0]} else "incorrect", "", "choice", answer, extraction)


def _too_long(gold: str, answer: str, extraction: str) -> Verdict:
    """Only digits beyond any gold are plainly another number; what else is this long stays open."""
    if answer.strip().lstrip("-0").isdigit() and len(gold) <= _LONGEST_ANSWER:
        return Verdict("incorrect", "", "number", answer[:_LONGEST_ANSWER], extraction)
    return undecided("too_long", answer[:_LONGEST_ANSWER], extraction)


def _plainly(left: str, right: str, kind: str | None) -> tuple[bool | None, str]:
    """Compare spellings, times and dates, and plain numbers; none where that settles nothing."""
    substance = same_substance(left, right)
    if substance is not None or words_key(left) == words_key(right):
        return substance is not False, "normalised"
    if REMAINDER in left and REMAINDER in right:
        return False, "normalised"
    same_moment = moments_equal(left, right)
    if same_moment is not None:
        return same_moment, "time"
    return (None, "") if kind in _WORDY else (plain_numbers(left, right), "number")


def _worded(gold: str, answer: str, left: str, right: str, kind: str | None) -> tuple[bool | None, str]:
    """Compare choices, truths and text; none when the gold is none of these."""
    if gold.strip() in _TRUTH_LETTERS and words_key(right) in _TRUTH_WORDS:
        return truth(gold) == truth(answer), "boolean"
    several = kind == "text" and _SEVERAL_CHOICES.fullmatch(gold.strip())
    if several and len(named := letters(answer) or ()) > 1 and not re.search(r"[A-J]{2}|\([^()]*,", answer):
        return named == letters(gold), "choice"
    if kind == "set" and is_prose(answer) and len(letters(gold) or ()) > 1 and not doubtful(answer):
        return (True, "choice") if letters(answer, loose=True) == letters(gold) else (None, "")
    if kind == "choice" and (wanted := letters(gold)) is not None:
        return letters(answer, loose=True) == wanted, "choice"
    says = truth(gold)
    if says is not None and kind in ("boolean", "text"):
        return truth(answer) == says, "boolean"
    return (same_words(left, right), "text") if kind == "text" else (None, "")


def _compared(left: str, right: str, kind: str | None, answer: str, extraction: str) -> Verdict:
    formulas = Formulas()
    left, right = _without_lone_remark(left, right)
    try:
        gold = read(left)
    except UnreadableError:
        return undecided("gold", answer, extraction)
    try:
        equal = readings_equal(*_shaped(gold, read(right), kind), formulas)
    except UnreadableError as error:
        return Verdict("incorrect", str(error), "structure", answer, extraction)
    except UndecidedError as error:
        return undecided(str(error), answer, extraction)
    except RecursionError:
        return undecided("too_deep", answer, extraction)
    rule = "symbolic" if formulas.used_child else "algebraic" if formulas.used else "structure"
    return Verdict("correct" if equal else "incorrect", "", rule, answer, extraction)


def _without_lone_remark(gold: str, answer: str) -> tuple[str, str]:
    """Return both without words for what may be chosen freely (`all integers n`, `for any c`), if only one has them."""
    bare = _FREELY.sub("", gold).strip(" ,;"), _FREELY.sub("", answer).strip(" ,;")
    remarked = bare[0] != gold, bare[1] != answer
    return (bare[0] or gold, bare[1] or answer) if remarked[0] != remarked[1] else (gold, answer)


def _shaped(gold: Reading, answer: Reading, kind: str | None) -> tuple[Reading, Reading]:
    """Return both with their order as the kind says, where the gold is not written that way: a set has none."""
    if not isinstance(gold, Items) or not isinstance(answer, Items):
        return gold, answer
    if kind == "set" and gold.opening in ("(", "["):
        return replace(gold, opening="{", closing="}"), replace(answer, opening="{", closing="}")
    if kind == "tuple" and gold.opening not in ("(", "["):
        twin = answer if answer.opening in ("(", "[") else replace(answer, opening="(", closing=")")
        return replace(gold, opening=twin.opening, closing=twin.closing), twin
    return gold, answer


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
        return all(_all_read(read(side)) for side in reading.sides[named(reading) is not None :])
    if isinstance(reading, Matrix):
        return all(_all_read(cell) for row in reading.rows for cell in row)
    if isinstance(reading, Piecewise):
        return all(_all_read(value) for value, _ in reading.branches)
    parts = (
        reading.items if isinstance(reading, Items) else reading.parts if isinstance(reading, Union) else reading.terms
    )
    return all(_all_read(part) for part in parts)
