"""Numbers of a text that stand in none of its sources: told apart are those it derives from them before our eyes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(rf"(?<![\w.])[$€£]?({_DIGITS})(\s*\\?%)?|(?<=[A-Za-z_])(\d+)")
_LABEL = re.compile(r"^[ \t>*#-]*(?:\(?\d{1,2}[.):](?=\s)|step\s+\d{1,2}\b)", re.IGNORECASE | re.MULTILINE)
"""The number of a step in a list, which counts the list and not what the problem is about."""
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPELLED = {
    **{word: str(value) for value, word in enumerate(_ONES.split())},
    **{word: str(10 * value) for value, word in enumerate(_TENS.split(), start=2)},
    **dict.fromkeys(("twice", "double", "doubled", "doubles", "both", "pair", "couple", "second"), "2"),
    **dict.fromkeys(("half", "halves", "halved"), "0.5"),
    **dict.fromkeys(("triple", "thrice", "third"), "3"),
    **{"once": "1", "single": "1", "first": "1", "dozen": "12", "quarter": "4", "fourth": "4", "hundred": "100"},
}
_ALSO = {"half": "2", "halves": "2", "halved": "2", "quarter": "0.25"}
_WORD = re.compile(rf"\b({'|'.join(_SPELLED)})\b", re.IGNORECASE)
_SIGN = r"\s*(\+|-|−|\*|×|·|/|÷|\\times|\\cdot|\\div|x)\s*"
_VALUE = rf"[$€£]?({_DIGITS})"
_EQUATION = re.compile(rf"(?<![\w.])(?={_VALUE}(?:{_SIGN}{_VALUE}){{1,11}}\s*(?:=|is|makes)\s*)")
_PART = re.compile(rf"{_VALUE}(?:{_SIGN})?")
_RESULT = re.compile(rf"\s*(?:=|is|makes)\s*{_VALUE}")
_MOST_DIGITS, _MOST_TERMS = 20, 12


@dataclass(frozen=True)
class Unknown:
    """The numbers of a text that its sources do not hold."""

    derived: tuple[str, ...] = ()
    """Results of equations in the text over numbers that are known."""
    foreign: tuple[str, ...] = ()
    """The others."""


def unknown_numbers(text: str, *sources: str) -> Unknown:
    """Return the numbers of `text` that stand in none of `sources`, by whether the text derives them."""
    known = set[str]().union(*(numbers(source) for source in sources))
    bare = _LABEL.sub(" ", text)
    strange = numbers(bare, spelled=False) - known
    if not strange:
        return Unknown()
    derived = _derived(bare, known)
    return Unknown(tuple(sorted(strange & derived)), tuple(sorted(strange - derived)))


def numbers(text: str, *, spelled: bool = True) -> set[str]:
    """Return the numbers in a text, written one way; a percentage counts as its share too."""
    plain = text.replace("{,}", ",").replace("\\,", "").replace("\\$", "$")
    found: set[str] = set()
    for digits, percent, inside in _NUMBER.findall(plain):
        found.add(_one_way(digits or inside))
        if percent and len(digits) <= _MOST_DIGITS:
            found.add(_written(_fraction(digits) / 100))
    for word in _WORD.findall(plain) if spelled else ():
        found |= {_SPELLED[word.lower()], _ALSO.get(word.lower(), _SPELLED[word.lower()])}
    return found


def _derived(text: str, known: set[str]) -> set[str]:
    found: set[str] = set()
    for terms, result in _equations(text):
        if all(_one_way(term) in known | found for term in terms[::2]) and _value(terms) == _fraction(result):
            found.add(_one_way(result))
    return found


def _equations(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield terms and signs, and the result, of every equation whose left side is a chain of plain numbers."""
    for begin in _EQUATION.finditer(text):
        terms, at = list[str](), begin.start()
        while (part := _PART.match(text, at)) and len(terms) < 2 * _MOST_TERMS:
            terms += [part[1], part[2]] if part[2] else [part[1]]
            at = part.end()
            if not part[2]:
                break
        result = _RESULT.match(text, at)
        if result and len(terms) % 2 and max(map(len, (*terms, result[1]))) <= _MOST_DIGITS:
            yield terms, result[1]


def _value(terms: list[str]) -> Fraction | None:
    """Work a chain out, products before sums; None where it divides by zero."""
    total, product = Fraction(0), _fraction(terms[0])
    for sign, digits in zip(terms[1::2], terms[2::2], strict=True):
        number = _fraction(digits)
        if sign in ("+", "-", "−"):
            total, product = total + product, number if sign == "+" else -number
        elif sign in ("/", "÷", "\\div"):
            if not number:
                return None
            product /= number
        else:
            product *= number
    return total + product


def _fraction(digits: str) -> Fraction:
    return Fraction(digits.replace(",", ""))


def _one_way(digits: str) -> str:
    whole, _, part = digits.replace(",", "").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _written(value: Fraction) -> str:
    """Return a share of hundredths as a decimal."""
    scaled = value.numerator * 10**_MOST_DIGITS // value.denominator
    whole, rest = divmod(scaled, 10**_MOST_DIGITS)
    return _one_way(f"{whole}.{rest:0{_MOST_DIGITS}d}")
