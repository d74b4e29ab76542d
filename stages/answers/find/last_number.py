"""The last number of a sentence, whole: its fraction, power and unit, its brackets, and the numbers it is listed with.

None is taken that the sentence denies or only bounds, nor one that is a term of a sum.
"""

import re

from stages.answers.find.closing import SENTENCE, doubtful
from stages.answers.formulas.clean import tidy
from stages.answers.quantities.number_words import NUMBER_IN_WORDS, read_words
from stages.answers.quantities.unit_table import Unit, unit_of

_HALF = r"(?:\s*(?:[ap]\.?\s?m\b\.?|in the (?:morning|afternoon|evening)|at night|o'clock))"
_CLOCK_OR_RATIO = rf"\d+(?:\s?:\s?\d+)+{_HALF}?|\d{{1,2}}{_HALF}"
_SCALE = r"(?:\s(?:hundred|thousand|million|billion|trillion)s?\b)"
_RAISED, _PARTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_EXPONENT = r"(?:\s?\^\s?(?:[-+−]?\d+|\{\s?[-+−]?\d+\s?\}|\([-+−]?\d+\))|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
_POWER_OF_TEN = rf"(?:[eE][-+−]?\d+|\s?(?:[×·*x]|\\times)\s?10{_EXPONENT})(?!\d)"
_GROUPED = r"[1-9]\d{0,2}(?:['’\u2009\u202f\u00a0 ]\d{3})+(?:[.,]\d+)?(?![\w]|['’.,]\d)"
"""Thousands apart: `9'000` in Switzerland, `9 000` in France."""
_FREE = r"(?<![A-Za-z0-9_.,/\\^])"
_NUMBER = re.compile(
    rf"{_FREE}[-+−]?\d+(?:\.\d+)?{_POWER_OF_TEN}|(?<![\w.,/\\^:'’])[-+−]?[$€£¥]?{_GROUPED}|"
    rf"(?<![A-Za-z0-9_.,/\\^:])(?:{_CLOCK_OR_RATIO})(?![\w:])|{_FREE}[$€£¥]?\d[\d.,]*{_SCALE}|"
    rf"{_FREE}(?:[$€£¥]\d[\d.,]*\s?(?:[kKMBT]|mn|bn)|\d[\d.,]*[KMB])\b|"
    rf"{_FREE}\d+\sand\s(?:a|one)\s(?:half|third|quarter)\b|"
    rf"{_FREE}[-+−]?\d+\s+\d+/\d+(?![\w/])|{_FREE}[-+−]?\d*\s?[{_PARTS}](?!\w)|{_FREE}[-+−]?\d+(?:\.\d+)?{_EXPONENT}(?!\w)|"
    rf"{_FREE}(?:[-+−]\s?)?[$€£¥]?(?:\d+(?:[.,:/]\d+)*|\.\d+)(?:\s?%)?(?![\w\\{{{_RAISED}{_PARTS}]|[.,/:]?\d)"
    r"|[-+−]?(?:\d+\s*)?\\[dt]?frac\{[^{}]{1,30}\}\{[^{}]{1,30}\}"
    rf"|{_FREE}[-+−]?[$€£¥]?\d+(?:[.,]\d+)*(?![A-Z]\b|[{_RAISED}{_PARTS}])(?=[^\W\d]|\*\*|\\)"
)
_OPERATORS = tuple("+*/^×·÷-−")
DENIED = re.compile(
    r"(?:(?:\bnot|\bcannot|n't|\bnever|\bnor)(?: (?:be|equal(?: to)?|exactly|simply|just|a|an|the))*|\bexcept(?: for)?"
    r"|\bno es|\bpas|\bnicht|\bnão é|\bnon è|(?<!round )(?<!rounds )(?<!rounded )(?<!rounding )"
    r"(?<!add )(?<!adds )(?<!added )(?<!sum )(?<!sums )\bup to"
    r"|\bat (?:least|most)|\binstead of"
    r"|\b(?:less|more|greater|fewer|larger|smaller|higher|lower|other|rather) than"
    r"|\b(?:part|equation|eq\.?|question|problem|case|step|formula|figure|section|table|line|row|theorem|lemma)s?\s*\("
    r"|\b(?:\d+|an?|one|two|three|four|five) in|\b(?:above|below|exceeds?)"
    r"|(?:^|\b(?:is|are|was|be)\s)(?:under|over|beyond)|\bout of"
    r"|\b(?:twice|double|triple|thrice|(?:any|every)thing but|(?:all|none) but|(?:square |cube )?root(?: of)?)"
    r"|\b(?:squares?|cubes?|powers?|logarithm|reciprocal|inverse|opposite|factorial|multiples?|factors?|divisors?) of"
    r"|\d\s*(?:remainder|with (?:a )?remainder|rem\.?)(?: of)?"
    r"|\b(?:divid(?:ed|es)|divisible|multiplied) by|\b(?:times|plus|modulo|mod|base)"
    r"|(?:\b(?:half|third|quarter|part|one|some|most|percent|none)s?|[\d%]) of)$",
    re.IGNORECASE,
)
"""What a number may not follow: it is not the answer, or only bounds it."""
_RANGE = re.compile(
    r"\b(?:between|from)\s+\S+\s+(?:and|to)$|[\d%)](?:\s*[a-z°]+)?\s+(?:to|through|until)$|\b(?:entre|zwischen|tra)\s+\S+\s+(?:y|et|e|und)$|\b(?:ranges?|ranging)\b[^.]*\b(?:to|and)$",
    re.IGNORECASE,
)
"""What stands before the second end of a range: neither end is the answer."""
_BOUND = re.compile(
    r",? ?(?:at (?:the )?(?:very )?(?:least|most)|or (?:more|less|fewer|above|below|higher|lower|greater)\b"
    r"|(?:and a|and one) (?:half|quarter|third)|out of\b|(?:minutes? |hours? )?(?:past|to|before|after) \d"
    r"|,? ?(?:if|unless|provided)\b)",
    re.IGNORECASE,
)
"""What may not follow a number: it says that more or less than that is meant."""
_ASIDE = re.compile(r"\s*\([^()]*\)\W*$")
"""A last remark in brackets (`18 (9 + 9)`)."""
_OTHERWISE = re.compile(r"\(\s*or\b.*\b(?:if|when|unless|depending|otherwise)\b", re.IGNORECASE)
"""A remark that gives another answer under a condition (`8 (or 9 if zero counts)`)."""
_NAMED_ASIDE = re.compile(
    r"\b(?:value|answer|result|total|sum|solution|number|amount)"
    r"(?: (?:that|which|we|you|they|I|it|is|was|were|had|been|to be|asked|looking|after|for|wanted|want|needed|need"
    r"|sought|required|desired|found|get|got)){0,6} \((?P<value>[-+−]?[$€£¥]?\d[\d.,/]*%?)\)\W*$",
    re.IGNORECASE,
)
"""A last remark that is the value the sentence speaks of (`the value we were after (2.75)`)."""
_SPELLED = re.compile(
    r"\b(?!(?:one|zero|a)\b"
    r"(?![- ](?:hundred|thousand|million|half|third|quarter|(?:four|fif|six|seven|eigh|nin|ten)th\b)"
    rf"|\sand\s(?:a|one)\s)){NUMBER_IN_WORDS}\b",
    re.IGNORECASE,
)
"""A number in words; `one` alone is more often a pronoun."""
_TOLD = re.compile(
    r"\b(?:is|are|was|were|makes?|leaves?|needs?|has|have|remains?|equals?|costs?|takes?|gets?|totals?)\b[^,;]{0,20}$",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(r"\W*(?:suppose|assume|imagine)\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(?:on|in|during|for|by|of|at|from|until|after) (?:day|week|month|year|step|round|stage|trip|page|chapter|level"
    r"|grade|part|line|row|column|lane|room|table|game|season|quarter) $",
    re.IGNORECASE,
)
"""What stands before a number that only says which one is meant (`83 miles on day 2`)."""
_VALUE_BEFORE = re.compile(
    r"(?:=|\b(?:is|are|was|were|makes|leaves|gives|equals|totals?|remain|has|have))\s*$", re.IGNORECASE
)
_NEGATED = re.compile(r"\b(?:negative|minus)$", re.IGNORECASE)
_LINKED_BEFORE = re.compile(r"(?<![\w.,/:])[-+−]?[$€£¥]?\d[\d.,/]*%?(?:\s*,\s*(?:and|or)?\s*|\s+(?:and|or)\s+)$")
"""A number that the next one is listed with (`2 and`, `3, 4 or`)."""
_LONGEST_LINK = 40
_BRACKETED = re.compile(r"[(\[][^()\[\]]*,\s*$")
_UNIT_WORD = r"[A-Za-zΩμµ°][\w²³°/^·]*"
_UNIT_BEHIND = re.compile(
    rf"\s?(?P<unit>(?P<one>(?:(?:square|cubic|degrees?)\s)?{_UNIT_WORD})(?:\s(?:per\s{_UNIT_WORD}|squared|cubed))?)"
)
_PART_BEFORE = re.compile(
    r"(?<![\w.,/:])\d[\d.,/]*\s?(?P<unit>[A-Za-z]+)(?:(?P<link>\s*,?\s*(?:and|or)\s+|\s*,\s*)|\s+)$"
)
"""A measure before the next one, which is its rest (`5 feet 7 inches`) or listed with it (`3 kg and 8 kg`)."""
_PREPOSITIONS = frozenset(("in", "a", "A", "at"))


def last_number(text: str) -> str | None:
    """Return the last number of a sentence, with those it is listed with and in the brackets it stands in."""
    if (named := _NAMED_ASIDE.search(text)) and not DENIED.search(text[: named.start()].rstrip()):
        return named["value"]
    aside = _ASIDE.search(text)
    if aside and _OTHERWISE.search(aside.group()):
        return None
    text = text[: aside.start()] if aside and _NUMBER.search(text, 0, aside.start()) else text
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return _spelled_number(text)
    if len(numbers) > 1 and _COUNTED.search(text[: numbers[-1].start()]):
        told = _VALUE_BEFORE.search(text[: numbers[-2].start()])
        numbers = numbers[:-1] if told else []
    if not numbers:
        return None
    start, stop = numbers[-1].span()
    before, after = text[:start].rstrip(), text[stop:].lstrip()
    if _SUPPOSED.match(SENTENCE.split(before)[-1]):
        return None
    if DENIED.search(before) or _RANGE.search(before) or _BOUND.match(after):
        return None
    if before.endswith(_OPERATORS) or after.startswith(_OPERATORS):
        return None
    bracketed = _BRACKETED.search(before) if after[:1] in (")", "]") else None
    if bracketed:
        return f"{text[bracketed.start() : stop]}{after[0]}"
    if _NEGATED.search(before):
        return f"-{text[start:stop].strip()}"
    measured = _measured(text, start, stop)
    if measured is not None:
        return measured
    while linked := _LINKED_BEFORE.search(text, max(start - _LONGEST_LINK, 0), start):
        start = linked.start()
    return text[start:stop].strip()


def _measured(text: str, start: int, stop: int) -> str | None:
    """Return a number with the known unit behind it, the larger parts before it and what it is listed with.

    None where no unit is known, or the numbers before it have none.
    """
    unit, stop = _unit_behind(text, stop)
    if unit is None or _LINKED_BEFORE.search(text, max(start - _LONGEST_LINK, 0), start):
        return None
    while part := _PART_BEFORE.search(text, max(start - _LONGEST_LINK, 0), start):
        before = unit_of(part["unit"])
        if before is None or not (part["link"] or (before.powers == unit.powers and before.size > unit.size)):
            break
        start, unit = part.start(), before
    return text[start:stop].strip()


def _unit_behind(text: str, stop: int) -> tuple[Unit | None, int]:
    """Return the longest known unit that starts at `stop`, and where it ends."""
    behind = _UNIT_BEHIND.match(text, stop)
    if behind is None or behind["one"] in _PREPOSITIONS:
        return None, stop
    for name in ("unit", "one"):
        unit = unit_of(tidy(behind[name]))
        if unit is not None:
            return unit, behind.end(name)
    return None, stop


def _spelled_number(text: str) -> str | None:
    """Return the one number in words of a text, or of its last sentence where that says it outright."""
    sentence = [part for part in SENTENCE.split(text) if part.strip()][-1]
    spelled = list(_SPELLED.finditer(sentence))
    apart = sentence.strip() != text.strip()
    if len(spelled) != 1 or (apart and doubtful(sentence.strip().removeprefix("That "))):
        return None
    if apart and not _TOLD.search(sentence[: spelled[0].start()]):
        return None
    before, after = sentence[: spelled[0].start()].rstrip(), sentence[spelled[0].end() :].lstrip()
    if DENIED.search(before) or _RANGE.search(before) or _BOUND.match(after):
        return None
    unit, stop = _unit_behind(sentence, spelled[0].end())
    return (
        spelled[0].group() if unit is None else f"{read_words(spelled[0].group())}{sentence[spelled[0].end() : stop]}"
    )
