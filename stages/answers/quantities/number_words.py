"""Numbers in English words, read exactly: `twelve`, `twenty-one`, `two hundred and fifty`, `three and a half`."""

import re
from fractions import Fraction

SCALES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
"""The powers of ten that words stand for."""
_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {
    "zero": 0,
    "a": 1,
    **{word: value for value, word in enumerate([*_ONES, *_TEENS], 1)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
}
PARTS = {"half": Fraction(1, 2), "third": Fraction(1, 3), "quarter": Fraction(1, 4)}
_FRACTIONS = {
    **{"half": 2, "halve": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8},
    **{"ninth": 9, "tenth": 10, "hundredth": 100, "thousandth": 1000},
}
"""What may be added to a number in words (`and a half`)."""
_ONE, _TEEN, _TEN = ("|".join(words) for words in (_ONES, _TEENS, _TENS))
_BELOW_HUNDRED = rf"(?:(?:{_TEN})(?:[- ](?:{_ONE}))?|{_TEEN}|{_ONE})"
_BELOW_THOUSAND = rf"(?:(?:(?:{_ONE}|{_TEEN}|a)[- ]hundred(?:(?: and)? {_BELOW_HUNDRED})?)|{_BELOW_HUNDRED})"
_SCALE = "trillion|billion|million|thousand"
NUMBER_IN_WORDS = (
    rf"(?:(?:(?:{_BELOW_THOUSAND}|a) (?:{_SCALE}),?(?: and)? )*"
    rf"(?:{_BELOW_THOUSAND}(?: (?:{_SCALE}))?|a (?:{_SCALE}))|zero)"
    rf"(?: and (?:a|one) (?:half|third|quarter)|[- ](?:{'|'.join(_FRACTIONS)})s?)?"
)
"""A pattern of what `read_words` may read: no numbers that only follow each other (`two three`)."""
_NUMBER = re.compile(NUMBER_IN_WORDS, re.IGNORECASE)
_FRACTION = re.compile(
    rf"a[- ](?P<one>{'|'.join(_FRACTIONS)})|(?P<count>.*?)[- ](?P<part>{'|'.join(_FRACTIONS)})s?|half"
)
_PART = re.compile(r"(?P<whole>.*?) and (?:a|one) (?P<part>half|third|quarter)", re.IGNORECASE)


def read_words(text: str) -> Fraction | None:
    """Return the number that words say; none when they say none."""
    text = " ".join(text.split()).lower()
    fraction = _FRACTION.fullmatch(text)
    if fraction:
        count = read_words(fraction["count"]) if fraction["count"] else Fraction(1)
        if count is not None and count.denominator == 1:
            return count / _FRACTIONS[fraction["part"] or fraction["one"] or "half"]
    if not _NUMBER.fullmatch(text):
        return None
    part = _PART.fullmatch(text)
    words = re.findall(r"[a-z]+", part["whole"] if part else text)
    total, group, least = 0, 0, 15
    for word in words:
        if word == "and":
            continue
        if word == "hundred":
            group *= 100
        elif word in SCALES:
            if SCALES[word] >= least:
                return None
            least = SCALES[word]
            total, group = total + group * 10**least, 0
        else:
            group += _VALUES[word]
    return Fraction(total + group) + (PARTS[part["part"]] if part else 0)
