"""The value a sentence ends on: the last formula, bold text or number of a piece of prose.

Nothing is taken from what looks like code, nor a number that is one term of an unfinished or unevaluated sum.
"""

import re

from stages.answers.find.closing import closing_words, doubtful, emphasised_words
from stages.answers.find.quantified import holds_for_all
from stages.answers.formulas.clean import tidy
from stages.answers.quantities.chemistry import chemical_formula
from stages.answers.quantities.numbers import NUMBER_WORDS

_CODE = re.compile(r"__|\bimport\b|(?<!\\)\blambda\b|\bopen\(|['\"]\s*\)|\)\s*\(\s*\)|\bfor _ in\b|\.\w+\(")
MATH = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\$])\$([^$\n]+?)(?<!\\)\$", re.DOTALL)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-zÀ-ÿЀ-ӿ]{2,}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{\w+\}(?:\{[lcr|]*\})?")
_OTHER_SCRIPT = re.compile(r"(?![\d\u0964\u0965])[\u3040-\u30ff\u4e00-\u9fff\u0600-\u06ff\u0900-\u0e7f\uac00-\ud7af]")
"""A letter of a script without words of Latin or Cyrillic letters: Chinese, Arabic, the scripts of India, Thai ..."""
_HALF = r"(?:\s*(?:[ap]\.?\s?m\b\.?|in the (?:morning|afternoon|evening)|at night|o'clock))"
_CLOCK_OR_RATIO = rf"\d+(?:\s?:\s?\d+)+{_HALF}?|\d{{1,2}}{_HALF}"
_SCALE = r"(?:\s(?:hundred|thousand|million|billion|trillion)s?\b)"
_POWER_OF_TEN = r"(?:[eE][-+−]?\d+|\s?(?:[×·*x]|\\times)\s?10\s?(?:\^\s?[{(]?[-+−]?\d+[)}]?|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))(?!\d)"
_GROUPED = r"[1-9]\d{0,2}(?:['’\u2009\u202f\u00a0 ]\d{3})+(?:[.,]\d+)?(?![\w]|['’.,]\d)"
"""Thousands apart: `9'000` in Switzerland, `9 000` in France."""
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_.,/\\^])[-+−]?\d+(?:\.\d+)?{_POWER_OF_TEN}|(?<![\w.,/\\^:'’])[-+−]?[$€£¥]?{_GROUPED}|"
    rf"(?<![A-Za-z0-9_.,/\\^:])(?:{_CLOCK_OR_RATIO})(?![\w:])|(?<![A-Za-z0-9_.,/\\^])[$€£¥]?\d[\d.,]*{_SCALE}|"
    r"(?<![A-Za-z0-9_.,/\\^])(?:[-+−]\s?)?[$€£¥]?(?:\d+(?:[.,:/]\d+)*|\.\d+)(?:\s?%)?(?![\w\\{]|[.,/:]?\d)"
    r"|[-+−]?\\[dt]?frac\{[^{}]{1,30}\}\{[^{}]{1,30}\}"
    r"|(?<![A-Za-z0-9_.,/\\^])[-+−]?[$€£¥]?\d+(?:[.,]\d+)*(?![A-Z]\b)(?=[^\W\d]|\*\*|\\)"
)
_OPERATOR = "+*/^×·÷-−"
_MATH_WORDS = frozenset(
    [
        "sqrt",
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "log",
        "ln",
        "exp",
        "pi",
        "inf",
        "infinity",
        "oo",
        "sinh",
        "cosh",
        "tanh",
        "arcsin",
        "arccos",
        "arctan",
        "abs",
        "min",
        "max",
        "and",
        "or",
        "to",
        "mod",
        "pm",
        "am",
        "pct",
        "percent",
        "lcm",
        "gcd",
    ]
)
_SENTENCE = re.compile(
    r"(?<=[.!?])\s+(?=[^\W\d_])|(?<=[.!?]\$)\s+(?=[^\W\d_])|(?<=[.!?]\$\$)\s+(?=[^\W\d_])|(?<=[。！？।])|\n"
)
_DENIED = re.compile(
    r"(?:(?:\bnot|\bcannot|n't|\bnever|\bnor)(?: (?:be|equal(?: to)?|exactly|simply|just|a|an|the))*|\bexcept(?: for)?"
    r"|\bno es|\bpas|\bnicht|\bnão é|\bnon è|\bup to|\bat (?:least|most)|\binstead of"
    r"|\b(?:less|more|greater|fewer|larger|smaller|higher|lower|other|rather) than"
    r"|\b(?:part|equation|eq\.?|question|problem|case|step|formula|figure|section|table|line|row|theorem|lemma)s?\s*\("
    r"|\b(?:above|below|exceeds?)|(?:^|\b(?:is|are|was|be)\s)(?:under|over|beyond)|\bout of"
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
_NAMED_ASIDE = re.compile(
    r"\b(?:value|answer|result|total|sum|solution|number|amount)"
    r"(?: (?:that|which|we|you|they|I|it|is|was|were|had|been|to be|asked|looking|after|for|wanted|want|needed|need"
    r"|sought|required|desired|found|get|got)){0,6} \((?P<value>[-+−]?[$€£¥]?\d[\d.,/]*%?)\)\W*$",
    re.IGNORECASE,
)
"""A last remark that is the value the sentence speaks of (`the value we were after (2.75)`)."""
_SPELLED = re.compile(
    rf"\b(?:(?:{'|'.join(word for word, value in NUMBER_WORDS.items() if value >= 20)})[- ])?"
    rf"(?:{'|'.join(sorted(NUMBER_WORDS.keys() - {'one', 'zero'}, key=len, reverse=True))}|(?<=[- ])one)\b",
    re.IGNORECASE,
)
"""A number in words; `one` alone is more often a pronoun."""
_TOLD = re.compile(
    r"\b(?:is|are|was|were|makes?|leaves?|needs?|has|have|remains?|equals?|costs?|takes?|gets?|totals?)\b[^,;]{0,20}$",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:negative|minus)$", re.IGNORECASE)
_LINKED_BEFORE = re.compile(r"(?<![\w.,/:])[-+−]?[$€£¥]?\d[\d.,/]*%?(?:\s*,\s*(?:and|or)?\s*|\s+(?:and|or)\s+)$")
"""A number that the next one is listed with (`2 and`, `3, 4 or`)."""
REASON = re.compile(r",?\s+(?:because|since)\b|,?\s+\(?(?:not|rather than|instead of)\s", re.IGNORECASE)
"""What says why, or what the answer is not: no answer is looked for behind it."""
_LONGEST_LINK = 40
_BRACKETED = re.compile(r"[(\[][^()\[\]]*,\s*$")
_COPULA = re.compile(r"\b(?:is|are|equals|was|be)\b|=|≈|(?<!\d)(?<!\d )[:：]|[:：](?!\s*\d)")
_MEASURED = re.compile(r"[-+−]?[$€£¥]?[\d.,]*\d[\s^²³%°]*[A-Za-z][^\d=]*")
_LINK = re.compile(r"\s*(?:,|;|,?\s*and|,?\s*or|、|和|或)\s*")
_SAID = re.compile(
    r"(?:\b(?:is|are|equals|be|was)|=)(?: approximately| about| exactly)?\s*([-+−]?[$€£¥]?\d[\d.,/]*%?)(?![\w$])"
)


def is_prose(text: str) -> bool:
    """Tell whether `text` holds words that are no part of a formula."""
    outside = _ENVIRONMENT.sub(" ", MATH.sub(" ", text))
    words = [word for word in _WORD.findall(outside) if word.lower() not in _MATH_WORDS]
    return bool(words) or bool(_OTHER_SCRIPT.search(outside))


def has_formula(text: str) -> bool:
    """Tell whether `text` sets a formula between dollars or the like, apart from its words."""
    return MATH.search(text) is not None


def is_code(text: str) -> bool:
    """Tell whether `text` looks like a program: no value is taken from it."""
    return _CODE.search(text) is not None


def value_in(text: str) -> str | None:
    """Return the last value of one stretch of prose; the text itself when it is no prose or a number with words."""
    if not is_prose(text) or _MEASURED.fullmatch(text):
        return text
    if _CODE.search(text) or text.rstrip(" *_$").endswith(("?", "？")):
        return None
    claim = REASON.split(text, maxsplit=1)[0]
    worded = closing_words(claim)
    if worded is not None:
        return worded
    text = claim if re.search(r"\d|\\", claim) else text
    spans = _unquantified(text, list(MATH.finditer(text)))
    if spans:
        after = _SAID.search(text, spans[-1].end())
        denied = _DENIED.search(text[: spans[-1].start()].rstrip())
        return after[1] if after else None if denied else _linked_spans(text, spans)
    bold = [part for part in _BOLD.findall(text) if re.search(r"[\d₀-₉]", part)]
    return bold[-1].strip() if bold else _tail(text) or _last_number(text)


def _tail(text: str) -> str | None:
    """Return what follows the last `is` or the like, where that is a value and no more prose."""
    said = list(_COPULA.finditer(text))
    denied = said and _DENIED.search(text[: said[-1].end()].rstrip(" :="))
    tail = text[said[-1].end() :].strip().rstrip(".") if said and not denied else ""
    value = re.search(r"\d|\\[a-z]{2,}", tail) and "$" not in tail and (not is_prose(tail) or _MEASURED.fullmatch(tail))
    substance = chemical_formula(tidy(tail)) if len(tail) <= _LONGEST_LINK else None
    return tail if value or (substance and not re.search(r"\d", text.replace(tail, ""))) else None


def last_value(text: str) -> str | None:
    """Return the last value of the last sentence of `text` that holds one."""
    spans = list(MATH.finditer(text))
    if spans and not re.search(r"\w", text[spans[-1].end() :]):
        return _linked_spans(text, _unquantified(text, spans))
    sentences = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    last = sentences[-1].strip().strip("-—–#* \t") if sentences else ""
    if not last or _CODE.search(last):
        return None
    return value_in(last.removesuffix(".")) or emphasised_words(sentences[-1])


def _unquantified(text: str, spans: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the formulas without a last one that only says what a claim holds for (`for all real $x$`)."""
    if len(spans) < 2 or re.search(r"\w", text[spans[-1].end() :]):
        return spans
    claim = spans[-2]
    said = _SENTENCE.split(text[: claim.start()])[-1]
    return spans[:-1] if holds_for_all(said, text[claim.end() : spans[-1].start()], _inside(spans[-1])) else spans


def _linked_spans(text: str, spans: list[re.Match[str]]) -> str:
    """Return the last formula with those it is listed with."""
    parts = [_inside(spans[-1])]
    for before, after in zip(reversed(spans[:-1]), reversed(spans), strict=False):
        if not _LINK.fullmatch(text, before.end(), after.start()):
            break
        parts.append(_inside(before))
    return ", ".join(reversed(parts))


def _inside(span: re.Match[str]) -> str:
    return next(part for part in span.groups() if part).strip()


def _last_number(text: str) -> str | None:
    """Return the last number of a sentence, with those it is listed with and in the brackets it stands in."""
    if (named := _NAMED_ASIDE.search(text)) and not _DENIED.search(text[: named.start()].rstrip()):
        return named["value"]
    aside = _ASIDE.search(text)
    text = text[: aside.start()] if aside and _NUMBER.search(text, 0, aside.start()) else text
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return _spelled_number(text)
    last = numbers[-1]
    start, stop = last.span()
    before, after = text[:start].rstrip(), text[stop:].lstrip()
    if _DENIED.search(before) or _RANGE.search(before) or _BOUND.match(after):
        return None
    if before.endswith(tuple(_OPERATOR)) or after.startswith(tuple(_OPERATOR)):
        return None
    bracketed = _BRACKETED.search(before) if after[:1] in (")", "]") else None
    if bracketed:
        return f"{text[bracketed.start() : stop]}{after[0]}"
    if _NEGATED.search(before):
        return f"-{last.group().strip()}"
    while linked := _LINKED_BEFORE.search(text, max(start - _LONGEST_LINK, 0), start):
        start = linked.start()
    return text[start:stop].strip()


def _spelled_number(text: str) -> str | None:
    """Return the one number in words of a text, or of its last sentence where that says it outright."""
    sentence = [part for part in _SENTENCE.split(text) if part.strip()][-1]
    spelled = list(_SPELLED.finditer(sentence))
    apart = sentence.strip() != text.strip()
    if len(spelled) != 1 or (apart and doubtful(sentence.strip().removeprefix("That "))):
        return None
    if apart and not _TOLD.search(sentence[: spelled[0].start()]):
        return None
    before, after = sentence[: spelled[0].start()].rstrip(), sentence[spelled[0].end() :].lstrip()
    return None if _DENIED.search(before) or _RANGE.search(before) or _BOUND.match(after) else spelled[0].group()
