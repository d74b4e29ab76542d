"""Read the number of tokens that a model estimates, however it writes it.

The strongest sign counts: the last number in double brackets (the form that is asked for), in a box, behind a word for
budget, before a word for tokens, or one that is all there is. Of a range its upper end is taken, of a fraction the next
whole number, for a budget must suffice. A reply that only answers the question is no estimate.
"""

import re
import unicodedata
from collections.abc import Iterator
from math import ceil

from stages.answers.find.extract import after_reasoning
from stages.answers.quantities.number_words import NUMBER_IN_WORDS, read_words

READER = "budgets@2"
"""Changes with any rule below."""
_LARGEST = 12
"""Digits of the longest number that is read."""
_FARTHEST = 4000
"""Characters at the end of a reply that are looked at."""
_DIGITS = r"\d{1,3}(?:[,.'’_ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d{1,30}(?:[.,]\d{1,6})?"
_ONE = rf"(?:[-−]?(?:{_DIGITS})\s?[kK]?(?![A-Za-z\d%])|(?<![A-Za-z])(?:{NUMBER_IN_WORDS})(?![A-Za-z]))"
_TOKEN = r"(?:tokens?|jetons?|fichas|токен\w*|トークン|토큰|个?\s?(?:token|词元|令牌)s?|رمز|टोकन)"
_TO = rf"\s{{0,3}}{_TOKEN}?\s{{0,3}}(?:-|–|—|~|～|to|or|and|until|bis|à|a|oder|ou|o|y|至|到|或)\s{{0,3}}"
_AMOUNT = rf"(?P<from>{_ONE})(?:{_TO}(?P<to>{_ONE}))?"
_ABOUT = (
    r"(?:about|around|approximately|approx\.?|roughly|some|circa|ca\.|only|just|exactly|nearly|almost"
    r"|at (?:least|most)|between|up to|less than|under|over|fewer than|no more than|a minimum of|etwa|ungefähr|rund"
    r"|environ|unos|aproximadamente|cerca de|около|примерно|约|大约|大概|約|およそ|약|[~≈<≤>≥+:=]){0,3}"
)
_DRESS = r"[\s*_`$(\[{\"'“”<\\]{0,8}"
_LABEL = (
    r"(?:budget|estimate[ds]?|estimation|minimum(?: number)?|number of tokens|limit"
    r"|tokens? (?:needed|required|count|budget)|presupuesto|estimaci[oó]n|orçamento|estimativa"
    r"|schätzung|bedarf|mindestens|stima|бюджет|оценка"
    r"|预算|估计|估算|最少|需要|予算|見積もり|예산|추정)"
)
_BRACKETS = re.compile(r"\[\[([^\[\]]{1,80})\]\]|\[\\\[?([^\[\]]{1,80})\\?\]\]")
_BOXES = re.compile(r"\\boxed\s?\{([^{}]{1,80})\}")
_WITHIN = re.compile(
    rf"{_DRESS}(?:{_LABEL}\W{{1,4}})?{_ABOUT}\s?{_DRESS}{_AMOUNT}\s?\+?\s?{_TOKEN}?[\s*_`$)\]}}\"'”>.!\\]{{0,8}}", re.I
)
_LABELLED = re.compile(
    rf"{_LABEL}[^\d\n.]{{0,40}}?(?:is|are|be|of|:|：|=|≈|是|为|為|は|은|는)\s?{_ABOUT}\s?{_DRESS}{_AMOUNT}", re.I
)
_COUNTED = re.compile(rf"(?<![A-Za-z\d.,]){_AMOUNT}[\s*_`$)\]}}]{{0,6}}{_TOKEN}", re.I)
_SPEAKS_OF_TOKENS = re.compile(rf"{_TOKEN}|{_LABEL}", re.I)


def estimate_in(reply: str) -> int | None:
    """Return the number of tokens an estimator gave; None where it gave none that can be told.

    A thought that never ended says nothing: what it quotes is no estimate.
    """
    said = _plain((after_reasoning(reply) or "")[-_FARTHEST:])
    return next(_read(said), None)


def _read(said: str) -> Iterator[int]:
    """Yield what each sign says, the strongest first."""
    brackets = [match[1] or match[2] for match in _BRACKETS.finditer(said)]
    if brackets:
        amount = _WITHIN.fullmatch(brackets[-1])
        yield from _amount(amount)
        return
    boxes = list(_BOXES.finditer(said))
    if boxes and (_SPEAKS_OF_TOKENS.search(said) or not _BOXES.sub("", said).strip(" \n*$.`\\()[]")):
        yield from _amount(_WITHIN.fullmatch(boxes[-1][1]))
    yield from _amount(_WITHIN.fullmatch(said))
    for pattern in (_LABELLED, _COUNTED):
        matches = list(pattern.finditer(said))
        yield from _amount(matches[-1] if matches else None)


def _amount(match: re.Match[str] | None) -> Iterator[int]:
    if match is None:
        return
    ends = [_number(written) for written in (match["from"], match["to"]) if written]
    if None not in ends:
        yield max(end for end in ends if end is not None)


def _number(written: str) -> int | None:
    """Return a number in digits or words as a whole one, rounded up; None where it is too long to be one."""
    text = written.strip().replace("−", "-")
    if not any(char.isdigit() for char in text):
        words = read_words(text)
        return None if words is None else ceil(words)
    sign, thousand = (-1 if text.startswith("-") else 1), (1000 if text[-1] in "kK" else 1)
    text = text.strip("-kK ")
    if re.fullmatch(r"\d{1,3}(?:[^\d]\d{3})+", text):
        text = re.sub(r"\D", "", text)
    text = text.replace(",", ".")
    if len(text) > _LARGEST:
        return None
    return sign * ceil(float(text) * thousand)


def _plain(text: str) -> str:
    """Return a text with its digits as ASCII, whatever script they are of."""
    normal = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char for char in normal
    )
