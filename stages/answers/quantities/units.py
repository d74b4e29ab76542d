"""What stands round a number without changing it: units, currencies, percent signs, a word or two.

Policy: a unit that only one side has is ignored; two known units must agree, after conversion where one is exact; words
that are no known unit never decide. A percent sign is a unit too, and `p%` also equals the number p/100.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT
from stages.answers.formulas.names import FUNCTIONS
from stages.answers.quantities.number_words import SCALES
from stages.answers.quantities.numbers import read_numbers
from stages.answers.quantities.unit_table import PERCENT, unit_of

__all__ = ["PERCENT", "Measure", "letter_unit", "measure", "measures"]

_LONGEST = 200
_LETTER_UNITS = frozenset(["m", "g", "s", "h", "l", "L", "N", "J", "W", "V", "A", "K", "C", "F", "T", "M"])
_LETTERED = re.compile(
    r"\s*([-+]?[\d.,]+(?:[eE][-+]?\d+)?(?:\s*(?:\\times|\\cdot|\*|x)\s*10\s*\^\s*(?:\{\s*[-+]?\d+\s*\}|[-+]?\d+))?)\s*([A-Za-z])\s*"
)
_CURRENCY = re.compile(rf"\\?\$|[€£¥₹]|{OPEN_TEXT}?\b(?:USD|US|CHF|EUR|GBP|INR|JPY|CNY)\b\s*{CLOSE_TEXT}?|\bdollars\b")
_WORDS = re.compile(r"[A-Za-zÀ-ž°.'\-]+")
_DEGREES = re.compile(r"(.*?)\s*\^\\circ\s*([CFK])?", re.DOTALL)
_TRIGONOMETRY = re.compile(r"sin|cos|tan|cot|sec|csc")
_SCALES_OF_HEAT = {"C": "celsius", "F": "fahrenheit", "K": "kelvin"}
_PART = re.compile(
    rf"(?P<number>\d[\d.,]*(?:\s*/\s*\d+)?)\s*(?P<unit>{OPEN_TEXT}[^{CLOSE_TEXT}\d]*{CLOSE_TEXT}|[A-Za-z]+\.?)"
    rf"(?:\s*,?\s*(?:{OPEN_TEXT}\s*)?\band\b(?:\s*{CLOSE_TEXT})?|,)?\s*"
)
_AND_INSIDE = re.compile(rf"\s*,?\s+and\s*{CLOSE_TEXT}")
_HALF_OF_DAY = re.compile(r"(\d{1,2})\s*([ap]\.?\s?m\.?)", re.IGNORECASE)
_SYMBOLIC = re.compile(
    r"(?P<core>[-+]?\s*(?:\\frac\{[^{}]+\}\{[^{}]+\}|\d+\s*/\s*\d+|\d(?:[\d.,\u2009]*\d)?\.?)"
    r"(?:[eE][-+]?\d+|\s*(?:\\times|\\cdot|\*|x)\s*10\s*\^\s*(?:\{\s*[-+]?\d+\s*\}|[-+]?\d+))?)"
    rf"(?P<gap>\s*)(?P<unit>[A-Za-zΩμ{OPEN_TEXT}\\].*)",
    re.DOTALL,
)
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
    r"(?P<unit>\(?[A-Za-zÀ-ž][A-Za-zÀ-ž°.'()\- /,]*(?:\^?\s*\{?[23]\}?)?(?:\s*/\s*[A-Za-z]+)?)$"
)
_KNOWN_TRAIL = re.compile(
    r"(?P<core>.*(?:[\d)}\]]|\\pi))\s+(?P<unit>(?:square |cubic )?[A-Za-z]{2,}(?:\s*\^\s*\{?[23]\}?)?)"
)
_SAID_OF_UNIT = re.compile(
    r"(?P<measure>[-+]?\d[\d.,]*(?:\s*/\s*\d+)?\s*(?P<unit>[A-Za-zΩμ°][^\s\d]*(?:\s?/\s?[A-Za-z]+)?))\s+"
    r"(?:long|wide|tall|high|deep|thick|apart|away|old|early|late|altogether|each|in (?:length|width|height|total|all)"
    r"|(?:of|from|for|above|below|behind|ahead|left)\b[^\d]*)"
)
"""What may follow a unit and says nothing of the amount (`100 m long`, `3 kg of flour`)."""
_LETTER_SCALES = {"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "t": "trillion"}
_LETTER_SCALE = re.compile(
    r"(?P<money>\\?\$|[€£¥₹])?\s*(?P<number>\d[\d.,]*)\s*(?P<letter>[kK]|[MBT]|mn|bn)(?![A-Za-z])\s*(?:[a-z]{4,})?"
)
"""A scale in a letter: read as one behind a currency, or beside a number that bears one in words."""
_SCALE_WORD = re.compile(rf"\d\s*{OPEN_TEXT}?\s*(?:{'|'.join(SCALES)})s?\b")
_ORDINAL = frozenset(("st", "nd", "rd", "th"))
_SENTENCE_WORDS = frozenset(
    ["if", "unless", "but", "than", "short", "out", "is", "was", "were", "are", "not", "wait", "actually",
     "would", "could", "though"]
)  # fmt: skip
"""What no unit holds: such words say more of a number than what it counts."""
_CHANGES = frozenset(
    ["squared", "cubed", "factorial", "tens", "tenths", "hundredths", "thousandths", "remainder", "times", "plus",
     "minus", "modulo", "halves", "thirds", "fourths", "fifths", "sixths", "sevenths", "eighths", "ninths"]
)  # fmt: skip
"""What makes another number of the one before it."""
_GLUED_UNITS = frozenset(
    ["m", "cm", "mm", "km", "dm", "ft", "in", "yd", "mi", "kg", "mg", "lb", "oz", "ml", "gal", "min", "hr",
     "sec", "day", "mph", "kph", "deg", "rad", "pct", "cup", "kwh", "kw", "kn", "kj", "kpa", "hz", "khz",
     "mhz", "ma", "mv", "kv", "mol", "ev", "mev"]
)  # fmt: skip
"""Short units that may stand right behind a number without being read as a product of letters."""
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
        return _known(turned[1].strip(), _SCALES_OF_HEAT.get(turned[2] or "", "degree"))
    half = _HALF_OF_DAY.fullmatch(text)
    if half:
        return Measure(half[1], half[2])
    currency = _CURRENCY.search(text)
    if currency and not re.search(r"[A-Za-z]", _CURRENCY.sub("", text)):
        return _known(_CURRENCY.sub("", text).strip(), currency.group().strip(f"\\ {OPEN_TEXT}{CLOSE_TEXT}").lower())
    spelled = (_in_parts(text) or _in_symbols(text)) if len(text) <= _LONGEST else None
    if spelled:
        return spelled
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
        spaced = not plain or text[len(match["core"].rstrip()) :][:1].isspace() or match["core"][-1:].isspace()
        if not _is_formula(words, unit, plain, spaced):
            return _known(_CURRENCY.sub("", match["core"]).strip(), unit)
    known = _KNOWN_TRAIL.fullmatch(text) if len(text) <= _LONGEST else None
    if known and unit_of(known["unit"]):
        return _known(known["core"].strip(), known["unit"])
    if text.endswith("%"):
        return _known(text[:-1].strip(), PERCENT)
    return Measure(_CURRENCY.sub("", text).strip())


def measures(gold: str, answer: str) -> tuple[Measure, Measure]:
    """Split both sides; a single letter (`5 m`) is a unit where the other side bears a known one."""
    gold, answer = _amount(gold, answer), _amount(answer, gold)
    one, other = measure(gold), measure(answer)
    left, right = _lettered(gold, one, other), _lettered(answer, other, one)
    if left and right and left.dimension != right.dimension:
        return one, other
    return left or one, right or other


def _amount(text: str, beside: str) -> str:
    """Return a number and its unit without what is said of them (`100 m long`), a scale in a word (`$5M`)."""
    scaled = _LETTER_SCALE.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if scaled and (scaled["money"] or _SCALE_WORD.search(beside)):
        return f"{scaled['money'] or ''}{scaled['number']} {_LETTER_SCALES[scaled['letter'].lower()]}"
    said = _SAID_OF_UNIT.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    return said["measure"] if said and unit_of(said["unit"]) else text


def _lettered(text: str, own: Measure, twin: Measure) -> Measure | None:
    """Return the measure of `5 m`, if that may be one: the other side bears a known unit, or another such letter."""
    number = letter_unit(text)
    if number is None or own.unit or (twin.unit and not twin.dimension):
        return None
    letter = text.strip()[-1]
    return _known(
        number, _SCALES_OF_HEAT[letter] if twin.dimension in _SCALES_OF_HEAT.values() and letter in "CFK" else letter
    )


def letter_unit(text: str) -> str | None:
    """Return the number of `5m` or `79 g`, whose letter may be a unit; none when there is no such letter."""
    match = _LETTERED.fullmatch(text)
    return match[1] if match and match[2] in _LETTER_UNITS else None


def _is_formula(words: list[str], unit: str, plain: bool, spaced: bool) -> bool:
    """Tell whether what stands behind a number is letters of a formula rather than a unit or words."""
    if words and words[0] in _ORDINAL:
        return False
    if not _SENTENCE_WORDS.isdisjoint(words) or not _CHANGES.isdisjoint(words[:1]):
        return True
    if unit.startswith("(") and words and len(words[0]) > 1:
        return False
    if plain and words and words[0] in FUNCTIONS:
        return True
    if words[:1] == ["in"] and len(words) > 1:
        return False
    if any(word in _LINKING for word in words) and (plain or len(words) == 1):
        return words[0] in _LINKING
    if not plain or len(words) > 1:
        return False
    known = unit_of(unit) is not None and (spaced or words[0] in _GLUED_UNITS)
    return len(unit) == 1 or (len(words[0]) <= 3 and not known)


def _known(core: str, unit: str) -> Measure:
    """Return the measure for `unit`, with what it measures when it is a known one."""
    if core.endswith("%"):
        core, unit = core[:-1].strip(), PERCENT
    known = unit_of(unit)
    return Measure(core, unit) if known is None else Measure(core, unit, known.dimension, known.size)


def _in_parts(text: str) -> Measure | None:
    """Return the sum of `2 hours 30 minutes` and its like, in the first unit; none for anything else."""
    text = _AND_INSIDE.sub(rf"{CLOSE_TEXT} and ", text)
    parts = list(_PART.finditer(text))
    if len(parts) < 2 or _PART.sub("", text).strip():
        return None
    units = [unit_of(part["unit"]) for part in parts]
    known = [unit for unit in units if unit is not None]
    sizes = [unit.size for unit in known]
    if len(known) < len(units) or len({unit.powers for unit in known}) > 1 or sizes != sorted(set(sizes), reverse=True):
        return None
    values = [read_numbers(part["number"]) for part in parts]
    if not all(values):
        return None
    total = sum((value[0].value * size for value, size in zip(values, sizes, strict=True)), Fraction(0)) / sizes[0]
    return Measure(str(total), parts[0]["unit"].strip(OPEN_TEXT + CLOSE_TEXT), known[0].dimension, sizes[0])


def _in_symbols(text: str) -> Measure | None:
    """Return a number with a unit that is set as text, or spelled in several symbols (`kg \\cdot m/s^2`)."""
    match = _SYMBOLIC.fullmatch(text)
    if match is None:
        return None
    unit = match["unit"].strip()
    marked = OPEN_TEXT in unit
    compound = re.search(r"[A-Za-zΩμ⟧)].*[\s/^*·\\].*[A-Za-z\d]", unit) is not None
    plainly = marked or (match["gap"] and (compound or len(unit) > 1))
    known = unit_of(unit) if plainly else None
    return _known(match["core"].strip(), unit) if known else None
