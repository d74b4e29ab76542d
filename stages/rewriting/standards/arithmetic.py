"""Arithmetic steps of a rewriting, worked out where they can be read and compared with those of the trace.

A step is an equation over plain numbers (`(15 + 8) * 2 = 46`, `\\frac{36}{6} = 6`, `$40 * 2 = $80`), units aside. It is
wrong where its sides differ, rounding aside. It is wrong too, though its sides agree, where it puts numbers together of
which the trace makes something else: of a trace's `36 - 6 = 30` a rewriting made `36 / 6 = 6`. What cannot be read
(variables, other bases, units that differ in a sum) is not judged.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise

from stages.answers.formulas.clean import tidy
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.nodes import Node
from stages.answers.formulas.parser import parse

_MOST_STEPS, _LONGEST_SIDE, _MOST_UNIT_WORDS = 4000, 120, 3
_MOST_DIGITS, _LARGEST_POWER = 40, 32
_TOKEN = re.compile(
    r"(?P<blank>[ \t]{1,8}|\\[,;! ]|\\q?quad(?![A-Za-z])|\\(?:left|right)(?![A-Za-z])|<<[^<>\n]{0,80}>>)"
    r"|(?P<number>(?:(?:\d{1,3}(?:,\d{3}){1,8}(?![\d,])|\d{1,30})(?:\.\d{1,30})?|(?<![\d.])\.\d{1,30})(?:[ ]?\\?%)?)"
    r"|(?P<operator>[+*/×·÷^−–-]|\\(?:times|cdot|div)(?![A-Za-z]))"
    r"|(?P<bracket>[(){}]|\\[dt]?frac(?![A-Za-z]))"
    r"|(?P<equals>=)"
    r"|(?P<currency>\\?\$|[€£])"
    r"|(?P<unit>\\text\{[ ]?[A-Za-z .]{1,40}\}|[A-Za-z]{2,30}(?![\w^\\({/]))"
    r"|(?P<other>\\(?:text|textbf|mathrm)\{[^{}]{0,80}\}|.)",
    re.DOTALL,
)
_PREPARED = (
    (re.compile(r"(?<=\d)[ ]?[xX][ ]?(?=\d)"), "*"),
    (re.compile(r"^[ \t]{0,20}[-*•+][ \t]", re.MULTILINE), "\n"),
    (re.compile(r"(?<![\d)])\*\*|\*\*(?![\d(])|(?<!\\)\\[()\[\]]"), "`"),
)
"""`4 x 5` is a product; marks of a list, of bold print and of a formula are no signs."""
_BEFORE = re.compile(r"[\s([\"'“$:`>|]")
"""What a number or a bracket may stand behind that begins something."""
_BEHIND = re.compile(
    r"\s{0,3}\(?\s?(?:mod|base|in base|\\p?mod|\\bmod)\b|[_(!A-Za-z]|[ ]?\^|[ ][xyzn](?![A-Za-z])"
    r"|[ ]?\\(?!\\|text|q?quad|[,;! %$n]|end|right)"
)
"""Behind an equation: its last number is part of more than was read, or of another arithmetic."""
_RELATES = frozenset(["of", "from", "times", "plus", "minus", "by", "per", "divided", "multiplied", "over", "than"])
"""Words that tie the number behind them to what stands before them."""
_NUMERALS = frozenset(["dozen", "hundred", "thousand", "million", "billion", "percent", "half", "pair"])
"""Words behind a number that change it."""
_SUM = frozenset("+-−–")
_WORDED = re.compile(
    r"(?:[=≈]|\b(?:is|are|makes?|gives?|gets?|equals|have|has|leaves?|be|to|pays?|costs?|earns?))\W{1,6}([\d,.]{1,30})"
)
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3}){1,8}(?:\.\d{1,30})?|\d{1,30}(?:\.\d{1,30})?")


@dataclass(frozen=True)
class Side:
    """One side of an equation, worked out."""

    text: str
    value: Fraction
    place: Fraction | None
    """The worth of the last place of a single number, which may have been rounded to it; None for a computation."""
    numbers: tuple[Fraction, ...]
    units: frozenset[str]
    percent: bool
    money: bool


@dataclass(frozen=True)
class Step:
    """Two sides with an equals sign between them, of which the left one works something out."""

    left: Side
    right: Side

    @property
    def holds(self) -> bool:
        """Whether the sides agree, rounding aside; `5 / 20 * 100 = 25%` and `16 - 3 = 13 - 4` do as they are meant."""
        left, right = self.left.value, self.right
        hundredfold = {right.value * 100} if right.percent or right.money else set()
        meant = {right.value, *hundredfold, *({right.value / 100} if self.left.percent else ())}
        if right.place is None:
            meant |= {right.numbers[0]}
            rounded = any(number.denominator > 1 for number in right.numbers)
            return any(left == value or (rounded and abs(left - value) * 100 <= abs(left)) for value in meant)
        return any(left == value or (left % right.place != 0 and abs(left - value) < right.place) for value in meant)

    def __str__(self) -> str:
        return f"{self.left.text} = {self.right.text}"


def wrong_step(text: str, question: str, cot: str) -> str | None:
    """Return the first step of `text` that is wrong by itself, or is none of the trace's; None where all are right."""
    if not (own := list(steps_of(text))):
        return None
    results, worded, together, taken = _of_trace(cot)
    arrived = results | (worded - _numbers(question))
    for step in own:
        if not step.holds and str(step) not in taken:
            return str(step)
        if step.right.value not in arrived and frozenset(step.left.numbers) in together:
            return f"{step}, which the trace does not make of them"
    return None


def steps_of(text: str) -> Iterator[Step]:
    """Yield the equations of a text that can be read, no more than a bounded number of them."""
    return islice(_steps(text), _MOST_STEPS)


@lru_cache(maxsize=32)
def _of_trace(
    cot: str,
) -> tuple[frozenset[Fraction], frozenset[Fraction], frozenset[frozenset[Fraction]], frozenset[str]]:
    """Return what a trace arrives at in equations and in words, which numbers it puts together, and its steps."""
    own = list(steps_of(cot))
    arrived = {value for step in own for value in (step.left.value, step.right.value, step.right.numbers[0])}
    worded = _numbers(" ".join(_WORDED.findall(cot)))
    together = frozenset(frozenset(step.left.numbers) for step in own)
    return frozenset(arrived), worded, together, frozenset(map(str, own))


def _steps(text: str) -> Iterator[Step]:
    for pattern, plain in _PREPARED:
        text = pattern.sub(plain, text)
    for run in _runs(text):
        for left, right in pairwise(_sides(run)):
            if left is None or right is None or left.place is not None:
                continue
            if not (left.units and right.units) or left.units & right.units:
                yield Step(left, right)


def _runs(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the runs of numbers, signs and units that stand by themselves and are no part of what cannot be read."""
    run, sound, words, before, word, end = list[tuple[str, str]](), True, 0, "begin", "", 0
    for token in _TOKEN.finditer(text):
        kind, said = token.lastgroup or "", token[0]
        joined = _is_joined(kind, said, before, text, token.end())
        if (
            joined
            or kind == "other"
            or (kind == "unit" and not (before in ("number", "unit") and words < _MOST_UNIT_WORDS))
        ):
            bound = joined and (before != "unit" or word in _RELATES)
            if sound and not bound and not _BEHIND.match(text, end):
                yield run
            run, sound, before = [], not bound, "bound" if bound else "begin"
        if kind in ("other", "unit") and not run:
            word = _unit(said) if kind == "unit" else "" if said.strip() else word
            continue
        if before == "begin" and kind not in ("blank", "currency"):
            begins = token.start() == 0 or bool(_BEFORE.match(text, token.start() - 1))
            sound = kind != "operator" and begins and word not in _RELATES
        run.append((kind, said))
        if kind in ("unit", "number"):
            words, word = (words + 1, _unit(said)) if kind == "unit" else (0, "")
        before = before if kind in ("blank", "currency") else kind
        end = token.end() if kind == "number" else end
    if sound and not _BEHIND.match(text, end):
        yield run


def _is_joined(kind: str, said: str, before: str, text: str, end: int) -> bool:
    """Tell whether a number stands beside another with no sign between them (`4 1/2`), or before a bracket with one."""
    if kind == "number":
        return before in ("number", "unit")
    return (
        said == "("
        and before in ("number", "unit")
        and text[end - 2 : end - 1] == " "
        and text[end : end + 1].isdigit()
    )


def _sides(run: Sequence[tuple[str, str]]) -> Iterator[Side | None]:
    """Yield the sides of a run, None for each that cannot be read; nothing where there are no two."""
    if not any(kind == "equals" for kind, _ in run):
        return
    side = list[tuple[str, str]]()
    for kind, said in [*run, ("equals", "=")]:
        if kind != "equals":
            side.append((kind, said))
            continue
        if any(kind == "number" for kind, _ in side):
            yield _side(side)
        side = []


def _side(tokens: Sequence[tuple[str, str]]) -> Side | None:
    text = "".join(said if kind not in ("blank", "currency", "unit") else " " for kind, said in tokens)
    text = re.sub(r"\([ ]*\)|\([ ]*$", " ", re.sub(r"[ ]{2,}", " ", text)).strip()
    written = [said for kind, said in tokens if kind == "number"]
    units = frozenset(_unit(said).rstrip("s") for kind, said in tokens if kind == "unit")
    sums = any(kind == "operator" and said in _SUM for kind, said in tokens)
    shares = {said.endswith("%") for said in written}
    if len(text) > _LONGEST_SIDE or units & _NUMERALS or (sums and (len(units) > 1 or len(shares) > 1)):
        return None
    value = _value(text)
    if value is None:
        return None
    works = sum(kind == "operator" for kind, _ in tokens) - text.startswith(("-", "−", "–")) or "frac" in text
    numbers = tuple(_plain(said) for said in written)
    place, money = None if works else _place(written[0]), any(kind == "currency" for kind, _ in tokens)
    return Side(text, value, place, numbers, units, True in shares, money)


def _unit(said: str) -> str:
    return said.removeprefix("\\text").strip("{} ").lower()


def _value(text: str) -> Fraction | None:
    """Work a side out by the reader of formulas; None where it cannot be read or is beyond the bounds."""
    try:
        return _exact(parse(tidy(text.replace(",", "").replace("\\%", "%"))))
    except (UnreadableError, ZeroDivisionError, RecursionError):
        return None


def _exact(node: Node) -> Fraction | None:
    if node.op == "num":
        return Fraction(node.value) if len(node.value) <= _MOST_DIGITS else None
    values = [value for value in map(_exact, node.args) if value is not None]
    if len(values) < len(node.args):
        return None
    if node.op == "add":
        return sum(values, Fraction(0))
    if node.op == "neg":
        return -values[0]
    if node.op == "percent":
        return values[0] / 100
    if node.op == "div":
        return values[0] / values[1]
    if node.op == "mul":
        product = Fraction(1)
        for value in values:
            product *= value
        return product
    small = node.op == "pow" and values[1].denominator == 1 and abs(values[1]) <= _LARGEST_POWER
    return values[0] ** int(values[1]) if small and len(str(values[0])) <= _MOST_DIGITS else None


def _plain(written: str) -> Fraction:
    return Fraction(written.rstrip("%\\ ").replace(",", ""))


def _place(written: str) -> Fraction:
    digits = written.rstrip("%\\ ")
    return Fraction(1, 10 ** len(digits.partition(".")[2]) * (100 if written.endswith("%") else 1))


def _numbers(text: str) -> frozenset[Fraction]:
    return frozenset(Fraction(number.replace(",", "")) for number in _NUMBER.findall(text))
