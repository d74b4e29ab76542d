"""A number as people write it, read exactly: thousands marks of every convention, percent, fractions, powers of ten.

No float is ever made. What may also be a list (`1,22`) is read here all the same: the comparison settles it.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from stages.answers.quantities.number_words import PARTS, SCALES, read_words

_PLAIN = re.compile(r"\d+\.?|\d*\.\d+")
_REPEATING = re.compile(r"(\d*)\.(\d*)\((\d+)\)")
_COMMAS = re.compile(r"[1-9]\d{0,2}(?:,\s?\d{3})+(?:\.\d+)?|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?")
_DOTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,\d+|[1-9]\d{0,2}(?:\.\d{3}){2,}")
_SPACES = re.compile(r"[1-9]\d{0,2}(?:[ '\u2009]\d{3})+(?:[.,]\d+)?")
_DECIMAL_COMMA = re.compile(r"0,\d+|\d+,\d{2,}")
_SCIENTIFIC = re.compile(
    r"(.*?\d\.?)\s*(?:\*|\\times|\\cdot|x|X)\s*10\s*(?:\^|\*\*)\s*(?:\{\s*([-+]?\d+)\s*\}|\(([-+]?\d+)\)|([-+]?\d+))"
)
_EXPONENT = re.compile(r"(\d+\.?\d*|\.\d+)[eE]([-+]?\d+)")
_SLASH = re.compile(r"([^/]+)/([^/]+)")
_FRAC = re.compile(r"\\frac\s*(?:\{([^{}]+)\}|(\d))\s*(?:\{([^{}]+)\}|(\d))")
_MIXED = re.compile(r"(\d+)(?:\s+(\d+)/(\d+)|\s*\\frac\s*\{(\d+)\}\s*\{(\d+)\}|\s*\\frac\s*(\d)\s*(\d))")
_SCALED = re.compile(rf"(.*\d)\s*(?:[⟦]\s*)?({'|'.join(SCALES)})s?\s*[⟧]?", re.IGNORECASE)
_WITH_PART = re.compile(r"(\d+) and (?:a|one) (half|third|quarter)")
_MOST_DIGITS = 1000
_LONGEST_WORDS = 120
_LARGEST_EXPONENT = 400
_ROUNDED_GOLD_DIGITS, _ROUNDED_GOLD_PLACES = 3, 2
_ROUNDED_ANSWER_DIGITS = 6


@dataclass(frozen=True)
class Number:
    """An exact value and how it was written."""

    value: Fraction
    places: int | None = None
    """Digits after the decimal point; none when it was not written as a decimal."""
    digits: int = 0
    """Significant digits it was written with."""


def read_numbers(text: str) -> list[Number]:
    """Return the readings of `text` as one number, the usual one first; empty when it is none."""
    text = text.strip()
    if not text or len(text) > 2 * _MOST_DIGITS:
        return []
    if not any(char.isdigit() for char in text):
        return _spelled(text)
    sign = 1
    while text[:1] in ("-", "+", "(", "{") and text:
        if text[0] in "({":
            closing = {"(": ")", "{": "}"}[text[0]]
            if not text.endswith(closing) or closing in text[1:-1] or "," in text:
                return []
            text = text[1:-1].strip()
        else:
            sign = -sign if text[0] == "-" else sign
            text = text[1:].strip()
    return [Number(sign * number.value, number.places, number.digits) for number in _unsigned(text)]


def _spelled(text: str) -> list[Number]:
    """Return the number that words say (`twelve`, `two hundred and five`)."""
    value = read_words(text.strip("⟦⟧ ")) if len(text) <= _LONGEST_WORDS else None
    return [] if value is None else [Number(value)]


def _unsigned(text: str) -> list[Number]:
    if scientific := (_SCIENTIFIC.fullmatch(text) or _EXPONENT.fullmatch(text)):
        mantissa, *exponents = (group for group in scientific.groups() if group)
        return [shifted for number in _numeral(mantissa) for shifted in _shift(number, int(exponents[0][:6]))]
    if scaled := _SCALED.fullmatch(text):
        return [shifted for number in _numeral(scaled[1]) for shifted in _shift(number, SCALES[scaled[2].lower()])]
    if mixed := _MIXED.fullmatch(text):
        whole, top, bottom = (int(group[:_MOST_DIGITS]) for group in mixed.groups() if group)
        return [Number(whole + Fraction(top, bottom))] if bottom and top < bottom else []
    if whole_and_part := _WITH_PART.fullmatch(text):
        return [Number(int(whole_and_part[1][:_MOST_DIGITS]) + PARTS[whole_and_part[2]])]
    fraction = _FRAC.fullmatch(text)
    if fraction:
        return _ratio(fraction[1] or fraction[2], fraction[3] or fraction[4])
    if slash := _SLASH.fullmatch(text):
        return _ratio(slash[1], slash[2])
    return _numeral(text)


def _ratio(top: str, bottom: str) -> list[Number]:
    above, below = _signed_numeral(top), _signed_numeral(bottom)
    return [Number(above.value / below.value)] if above and below and below.value else []


def _signed_numeral(text: str) -> Number | None:
    text = text.strip()
    found = _numeral(text.lstrip("-").strip())
    if not found:
        return None
    return Number(-found[0].value, found[0].places, found[0].digits) if text.startswith("-") else found[0]


def _numeral(text: str) -> list[Number]:
    text = text.strip()
    if sum(char.isdigit() for char in text) > _MOST_DIGITS:
        return []
    if repeating := _REPEATING.fullmatch(text):
        return [_repeating(*repeating.groups())]
    if _PLAIN.fullmatch(text):
        return [_decimal(text)]
    if _COMMAS.fullmatch(text):
        return [_decimal(re.sub(r"[,\s]", "", text))]
    if _DOTS.fullmatch(text):
        return [_decimal(text.replace(".", "").replace(",", "."))]
    if _SPACES.fullmatch(text):
        return [_decimal(re.sub(r"[ '\u2009]", "", text).replace(",", "."))]
    if _DECIMAL_COMMA.fullmatch(text):
        return [_decimal(text.replace(",", "."))]
    return []


def _repeating(whole: str, part: str, period: str) -> Number:
    shifted = int((whole + part + period) or "0") - int((whole + part) or "0")
    return Number(Fraction(shifted, 10 ** len(part) * (10 ** len(period) - 1)))


def _decimal(text: str) -> Number:
    whole, _, part = text.partition(".")
    digits = len((whole + part).lstrip("0"))
    return Number(Fraction(int((whole + part) or "0"), 10 ** len(part)), len(part) if part else None, digits)


def _shift(number: Number, exponent: int) -> list[Number]:
    if abs(exponent) > _LARGEST_EXPONENT:
        return []
    places = max((number.places or 0) - exponent, 0)
    return [Number(number.value * Fraction(10) ** exponent, places or None, number.digits)]


def numbers_equal(gold: Number, answer: Number) -> bool:
    """Tell whether an answer is the gold's number: exactly, or as its rounding where one of the two was rounded.

    A decimal gold of three digits or more also takes the exact value it rounds (`1.732` takes a root of 3, `7.78` takes
    70/9), and a gold takes a decimal of six digits or more that it rounds to. A decimal with more places than the
    gold's must be equal: precision the gold lacks cannot be checked. Never a factor, least of all 100.
    """
    if gold.value == answer.value:
        return True
    tolerance = rounding(gold, answer)
    return tolerance is not None and abs(gold.value - answer.value) <= tolerance


def rounding(gold: Number | None, answer: Number | None) -> Fraction | None:
    """Return by how much the two may differ because one was rounded; none when they must be equal.

    None stands for a value that was not written as one number (a root, a formula).
    """
    if gold and gold.places and (answer is None or _is_fraction(answer)):
        return (
            _half_place(gold) if gold.digits >= _ROUNDED_GOLD_DIGITS and gold.places >= _ROUNDED_GOLD_PLACES else None
        )
    if answer and answer.places and answer.digits >= _ROUNDED_ANSWER_DIGITS:
        finer = gold is None or _is_fraction(gold) or (gold.places or 0) > answer.places
        return _half_place(answer) if finer else None
    return None


def _is_fraction(number: Number) -> bool:
    return number.places is None and number.value.denominator != 1


def _half_place(number: Number) -> Fraction:
    return Fraction(1, 2 * 10 ** (number.places or 0))
