"""A text in units that are kept or left out whole, and the text that is left.

A unit is a word, a number or a sign; a formula, a row of a table and a stretch of code are one unit each, whatever
their length, and a unit's size is the words, numbers and signs that it holds. What is left is a subsequence of the
characters of the original: nothing is re-encoded, so `10⁶` never becomes `106`, and a line break stays where text is
left on both sides of it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from data.boxes import read_boxes
from stages.cutting.delimited import delimited
from stages.cutting.formulas import Atom, Kind, clusters, formulas, merged
from stages.cutting.unspaced import MARKS, SIGNS

Grain = Literal["words", "formulas", "lines", "paragraphs"]
"""What is one unit: a word or sign; of these those of a formula, a row and code together; a line; a paragraph."""
UNITS = "units@2"
"""Changes with what a unit is."""
Span = tuple[int, int]
"""Begin and end, in characters."""

_IN_WORD = rf"[^\W{SIGNS}]"
_PIECE = re.compile(
    rf"\\(?:[A-Za-z]+|[^\sA-Za-z0-9]|)|[{SIGNS}][{MARKS}]*|(?:(?<![\w.])\.)?\d+(?:[.,]\d+)*{_IN_WORD}*|{_IN_WORD}+(?:['’]{_IN_WORD}+)*|\S"
)
_UNSPACED = re.compile(f"[{SIGNS}]")
_STEP_ENDS = {"lines": re.compile(r"\n+"), "paragraphs": re.compile(r"\n[ \t]*\n\s*")}
_BLANKS = re.compile(r"\s+")
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_HANGING = frozenset(("Po", "Pe", "Pf"))
"""Categories of signs that hang on the word before them: full stops and commas, brackets and quotes that close."""


@dataclass(frozen=True)
class Units:
    """The units of a text, in order; what stands between two of them is blank."""

    text: str
    spans: tuple[Span, ...]
    sizes: tuple[int, ...]
    """Of each unit its words, numbers and signs, without what boxes an answer: a box on the way is opened."""
    numbers: tuple[bool, ...]
    """Whether a unit is a number of the prose, which no formula holds."""

    def __len__(self) -> int:
        return len(self.spans)

    @cached_property
    def size(self) -> int:
        """Of all of the text."""
        return sum(self.sizes)

    def kept(self, keep: Sequence[bool]) -> list[Span]:
        """Return the stretches of the text that are left: kept units, and one run of blanks between two of them."""
        spans: list[Span] = []
        last: int | None = None
        for at, wanted in enumerate(keep):
            if wanted:
                spans.append(self._before(last, at))
                spans.append(self.spans[at])
                last = at
        return joined(spans)

    def _before(self, last: int | None, at: int) -> Span:
        """Return the blanks that stand between two kept units: those with most line breaks, else the first."""
        begin = self.spans[at][0]
        if last is None:
            return (0, begin) if at == 0 else (begin, begin)
        end = self.spans[last][1]
        hangs = unicodedata.category(self.text[begin]) in _HANGING and not self.text[begin - 1].isspace()
        if hangs and not self.text[begin + 1 : begin + 2].isdigit():
            return (begin, begin)
        runs = [found.span() for found in _BLANKS.finditer(self.text, end, begin)]
        return max(runs, key=lambda run: self.text.count("\n", *run), default=(begin, begin))


def read_units(text: str, grain: Grain) -> Units:
    """Cut a text into units of a grain."""
    if grain == "words":
        return pieces_of(text)
    return units_of(text) if grain == "formulas" else steps_of(text, grain)


def units_of(text: str) -> Units:
    """Cut a text into units: formulas, code and rows whole, else words, numbers and signs.

    Of writing without blanks between words (Chinese, kana, Hangul, Thai) each character is a unit.
    """
    spans, kinds = _atoms(text)
    gaps = (text[end:begin] for (_, end), (begin, _) in zip([(0, 0), *spans], spans, strict=False))
    atoms = [Atom(text[begin:end], kind, gap) for (begin, end), kind, gap in zip(spans, kinds, gaps, strict=True)]
    whole = formulas(atoms)
    in_formula = [kind in ("formula", "command", "block") for kind in kinds]
    for first, last in whole:
        in_formula[first : last + 1] = [True] * (last + 1 - first)
    groups = list(_groups(len(atoms), merged([*whole, *clusters(atoms)])))
    units = tuple((spans[first][0], spans[last][1]) for first, last in groups)
    numbers = tuple(
        any(atoms[at].kind == "number" for at in range(first, last + 1)) and not any(in_formula[first : last + 1])
        for first, last in groups
    )
    return Units(text, units, tuple(_sizes(text, units)), numbers)


def pieces_of(text: str) -> Units:
    """Cut a text into words, numbers and signs alone, as the reference does."""
    spans = tuple(found.span() for found in _PIECE.finditer(text))
    return Units(text, spans, tuple(_sizes(text, spans)), (False,) * len(spans))


def steps_of(text: str, grain: Literal["lines", "paragraphs"]) -> Units:
    """Cut a text into steps: its lines or paragraphs, what has marks of its own (an environment, code) whole.

    A step's `numbers` are false: that a step stays is for another to say.
    """
    whole = [(stretch.begin, stretch.end) for stretch in delimited(text)]
    ends = _STEP_ENDS[grain].finditer(text)
    cuts = list(_outside_of(((end.start(), end.end()) for end in ends), whole))
    edges = [0, *(place for cut in cuts for place in cut), len(text)]
    spans = (_trimmed(text, begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True))
    steps = tuple(span for span in spans if span[0] < span[1])
    return Units(text, steps, tuple(_sizes(text, steps)), (False,) * len(steps))


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return stretches, in order, with those that touch made one and empty ones left out."""
    made: list[Span] = []
    for begin, end in spans:
        if begin == end:
            continue
        if made and made[-1][1] == begin:
            made[-1] = (made[-1][0], end)
        else:
            made.append((begin, end))
    return made


def _atoms(text: str) -> tuple[list[Span], list[Kind]]:
    """Return the pieces of a text, those of a stretch with marks of its own as one."""
    spans: list[Span] = []
    kinds: list[Kind] = []
    place = 0
    for stretch in delimited(text):
        for piece in _PIECE.finditer(text, place, stretch.begin):
            spans.append(piece.span())
            kinds.append(_kind(piece[0]))
        spans.append((stretch.begin, stretch.end))
        kinds.append(stretch.kind)
        place = stretch.end
    for piece in _PIECE.finditer(text, place):
        spans.append(piece.span())
        kinds.append(_kind(piece[0]))
    return spans, kinds


def _kind(piece: str) -> Kind:
    if any(sign.isnumeric() for sign in piece):
        return "number"
    if piece[0] == "\\":
        return "command"
    if _UNSPACED.match(piece):
        return "character"
    if piece[0].isalpha():
        return "word" if sum(sign.isalpha() for sign in piece) > 1 else "name"
    return "opens" if piece in _OPENS else "closes" if piece in _CLOSES else "sign"


def _groups(count: int, whole: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    place = 0
    for first, last in whole:
        yield from ((at, at) for at in range(place, first))
        yield first, last
        place = last + 1
    yield from ((at, at) for at in range(place, count))


def _sizes(text: str, units: Sequence[Span]) -> Iterator[int]:
    """Yield how many pieces each unit holds, those aside that only box an answer."""
    holes = sorted(span for box in read_boxes(text) for span in box.wrappers)
    pieces = _outside((found.start() for found in _PIECE.finditer(text)), holes)
    begin = next(pieces, None)
    for _, end in units:
        size = 0
        while begin is not None and begin < end:
            size += 1
            begin = next(pieces, None)
        yield size


def _outside_of(cuts: Iterator[Span], whole: Sequence[Span]) -> Iterator[Span]:
    """Yield the cuts that begin in none of these stretches; both in order."""
    first = 0
    for begin, end in cuts:
        while first < len(whole) and whole[first][1] <= begin:
            first += 1
        if first == len(whole) or begin < whole[first][0]:
            yield begin, end


def _trimmed(text: str, begin: int, end: int) -> Span:
    """Return a stretch without the blanks at its ends."""
    stripped = text[begin:end].strip()
    lead = len(text[begin:end]) - len(text[begin:end].lstrip())
    return begin + lead, begin + lead + len(stripped)


def _outside(places: Iterator[int], holes: Sequence[Span]) -> Iterator[int]:
    """Yield the places that lie in no hole; both in order."""
    first = 0
    for place in places:
        while first < len(holes) and holes[first][1] <= place:
            first += 1
        if first == len(holes) or place < holes[first][0]:
            yield place
