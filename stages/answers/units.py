"""What stands round a number without changing it: units, currencies, percent signs, a word or two.

Policy: a unit that only one side has is ignored; two known units must agree, after conversion where one is exact; words
that are no known unit never decide. A percent sign is a unit too, and `p%` also equals the number p/100.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from stages.answers.clean import CLOSE_TEXT, OPEN_TEXT
from stages.answers.lexer import FUNCTIONS
from stages.answers.numbers import SCALES

PERCENT = "%"
_LENGTH: dict[str, int | str] = {
    "m": 1, "meter": 1, "metre": 1, "cm": "1/100", "centimeter": "1/100", "centimetre": "1/100", "mm": "1/1000",
    "millimeter": "1/1000", "km": 1000, "kilometer": 1000, "kilometre": 1000, "dm": "1/10", "in": "127/5000",
    "inch": "127/5000", "ft": "381/1250", "foot": "381/1250", "feet": "381/1250", "yd": "1143/1250",
    "yard": "1143/1250",
    "mile": "201168/125", "mi": "201168/125",
}  # fmt: skip
_OTHER: dict[str, dict[str, int | str]] = {
    "time": {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
             "day": 86400, "week": 604800},
    "mass": {"g": 1, "gram": 1, "kg": 1000, "kilogram": 1000, "mg": "1/1000", "lb": 0, "pound": 0, "oz": 0, "ounce": 0},
    "volume": {"l": 1, "liter": 1, "litre": 1, "ml": "1/1000", "milliliter": "1/1000", "cup": 0, "gallon": 0,
               "gal": 0, "quart": 0, "pint": 0, "tablespoon": 0, "teaspoon": 0},
    "money": {"$": 1, "dollar": 1, "usd": 1, "cent": "1/100", "€": 0, "euro": 0, "£": 0, "¥": 0, "yuan": 0},
    "angle": {"degree": 1, "deg": 1, "°": 1, "radian": 0, "rad": 0},
    "temperature": {"celsius": 0, "fahrenheit": 0, "kelvin": 0},
    "speed": {"mph": "1397/3125", "kph": "5/18"},
    PERCENT: {"%": 1, "percent": 1, "pct": 1, "percentage": 1, "percentage point": 1},
}  # fmt: skip
_LONGEST = 200
_LETTER_UNITS = frozenset(["m", "g", "s", "h", "l", "L", "N", "J", "W", "V", "A", "K", "C", "F", "T"])
_CURRENCY = re.compile(r"\\?\$|[€£¥₹]|\bUSD\b|\bUS\b|\bdollars\b")
_WORDS = re.compile(r"[A-Za-zÀ-ÿ°.'\-]+")
_DEGREES = re.compile(r"(.*?)\s*\^\\circ\s*([CFK])?", re.DOTALL)
_TRIGONOMETRY = re.compile(r"sin|cos|tan|cot|sec|csc")
_HEDGE = re.compile(
    rf"^(?:{OPEN_TEXT}?(?:approximately|about|roughly|exactly|nearly|around|approx\.?){CLOSE_TEXT}?|\\approx|~|≈)\s*",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    rf"(?P<core>.*[\d)}}\]%!]|.*{OPEN_TEXT}?)\s*(?P<unit>(?:{OPEN_TEXT}[^{CLOSE_TEXT}\d]*{CLOSE_TEXT}(?:\s*\^?\s*\{{?\d\}}?)?\s*[/.]?\s*)+)$",
    re.DOTALL,
)
_PLAIN_TRAIL = re.compile(
    r"(?P<core>[-+]?\s*(?:\\?\$)?\s*[\d.,\s\u2009]*\d[\d.,\s]*(?:\\frac\{\d+\}\{\d+\}|/\s*\d+)?%?)(?:\^\{\s*(?:th|st|nd|rd)\s*\})?\s*"
    r"(?P<unit>\(?[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ°.'()\- /,]*(?:\^?\s*\{?[23]\}?)?(?:\s*/\s*[A-Za-z]+)?)$"
)
_KNOWN_TRAIL = re.compile(r"(?P<core>.*(?:[\d)}\]]|\\pi))\s+(?P<unit>(?:square |cubic )?[A-Za-z]{2,})")
_ORDINAL = frozenset(("st", "nd", "rd", "th"))
_LINKING = frozenset(
    ["and", "or", "to", "in", "by", "x", "from", "plus", "minus", "times", "over", "mod", "e", "i", "pi", "infinity"]
)


@dataclass(frozen=True)
class Measure:
    """A value's text and the unit it bears."""

    core: str
    unit: str = ""
    dimension: str = ""
    """What the unit measures (`length^2`); empty for words that are no known unit."""
    factor: Fraction | None = None
    """How many of the dimension's own units one is; none where units of its kind do not convert here."""


def measure(text: str) -> Measure:
    """Split `text` into the value and its unit."""
    text = _HEDGE.sub("", text.strip())
    turned = _DEGREES.fullmatch(text)
    if turned and not _TRIGONOMETRY.search(text):
        return _known(
            turned[1].strip(), {"C": "celsius", "F": "fahrenheit", "K": "kelvin"}.get(turned[2] or "", "degree")
        )
    currency = _CURRENCY.search(text)
    if currency and not re.search(r"[A-Za-z]", _CURRENCY.sub("", text)):
        return _known(_CURRENCY.sub("", text).strip(), currency.group().lstrip("\\").lower())
    match = (_TRAIL.fullmatch(text) or _PLAIN_TRAIL.fullmatch(text)) if len(text) <= _LONGEST else None
    if match and match["core"].strip():
        unit = match["unit"].replace(OPEN_TEXT, "").replace(CLOSE_TEXT, " ").strip()
        words = [word.lower() for word in _WORDS.findall(unit)]
        if words and words[0].removesuffix("s") in SCALES:
            scaled = measure(match["core"])
            return Measure(
                f"{scaled.core} {words[0]}", scaled.unit or " ".join(words[1:]), scaled.dimension, scaled.factor
            )
        plain = OPEN_TEXT not in match["unit"]
        if not _is_formula(words, unit, plain):
            return _known(_CURRENCY.sub("", match["core"]).strip(), unit)
    known = _KNOWN_TRAIL.fullmatch(text) if len(text) <= _LONGEST else None
    if known and _find(known["unit"].lower().removeprefix("square ").removeprefix("cubic ")):
        return _known(known["core"].strip(), known["unit"])
    if text.endswith("%"):
        return _known(text[:-1].strip(), PERCENT)
    return Measure(_CURRENCY.sub("", text).strip())


def measures(gold: str, answer: str) -> tuple[Measure, Measure]:
    """Split both sides; a single letter (`5 m`) is a unit where the other side bears a known one."""
    one, other = measure(gold), measure(answer)
    if one.dimension and not other.unit and letter_unit(answer):
        return one, _known(letter_unit(answer) or "", answer.strip()[-1])
    if other.dimension and not one.unit and letter_unit(gold):
        return _known(letter_unit(gold) or "", gold.strip()[-1]), other
    return one, other


def letter_unit(text: str) -> str | None:
    """Return the number of `5m` or `79 g`, whose letter may be a unit; none when there is no such letter."""
    match = re.fullmatch(r"([-+]?[\d.,]+)\s*([A-Za-z])", text)
    return match[1] if match and match[2] in _LETTER_UNITS else None


def _is_formula(words: list[str], unit: str, plain: bool) -> bool:
    if words and words[0] in _ORDINAL:
        return False
    if unit.startswith("(") and words and len(words[0]) > 1:
        return False
    if plain and words and words[0] in FUNCTIONS:
        return True
    if any(word in _LINKING for word in words) and (plain or len(words) == 1):
        return words[0] in _LINKING
    return plain and len(words) == 1 and (len(unit) == 1 or (len(words[0]) <= 3 and not _find(words[0])))


def _known(core: str, unit: str) -> Measure:
    """Return the measure for `unit`, with what it measures when it is a known one."""
    if core.endswith("%"):
        core, unit = core[:-1].strip(), PERCENT
    words = unit.lower().replace(".", " ").strip()
    power = 1
    for sign, value in (("square", 2), ("squared", 2), ("sq", 2), ("cubic", 3), ("cubed", 3)):
        if re.search(rf"\b{sign}\b", words):
            power, words = value, re.sub(rf"\b{sign}\b", "", words).strip()
    raised = re.fullmatch(r"(.*?)\s*\^?\s*\{?([23])\}?", words)
    if raised and raised[1]:
        power, words = int(raised[2]), raised[1].strip()
    found = _find(words) or _rate(words)
    if found is None:
        return Measure(core, unit)
    dimension, factor = found
    if power > 1:
        return Measure(core, unit, f"{dimension}^{power}", factor**power if factor else None)
    return Measure(core, unit, dimension, factor)


def _rate(words: str) -> tuple[str, Fraction | None] | None:
    """Return what a rate (`km/h`, `miles per hour`) measures; none unless both its units are known."""
    over, per, under = words.partition("/") if "/" in words else words.partition(" per ")
    found, below = (_find(over.strip()), _find(under.strip())) if per else (None, None)
    if found is None or below is None:
        return None
    factor = found[1] / below[1] if found[1] and below[1] else None
    kind = f"{found[0]}/{below[0]}"
    return ("speed" if kind == "length/time" else kind), factor


def _find(word: str) -> tuple[str, Fraction | None] | None:
    for name in (
        word,
        word.removesuffix("s"),
        word.removesuffix("es"),
        word.split(" ")[0].removesuffix("s") if PERCENT in word else word,
    ):
        if name in _LENGTH:
            return "length", Fraction(_LENGTH[name])
        for dimension, units in _OTHER.items():
            if name in units:
                factor = Fraction(units[name])
                return (dimension, factor) if factor else (f"{dimension}:{name}", None)
    return None
