"""Stretches of a text that are one thing by their own marks: formulas of LaTeX, code, rows of tables, tags.

Every opening mark looks for its close among marks that were listed once, so that thousands of marks that are never
closed cost no more than the length of the text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_MARK = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[^\n]*$"
    r"|(?P<tag></?[A-Za-z][A-Za-z_-]{1,30}>)"
    r"|\\begin\{(?P<environment>[A-Za-z]{1,20}\*?)\}"
    r"|(?P<escape>\\.)|(?P<dollars>\$\$?)|(?P<code>``?)",
    re.MULTILINE | re.DOTALL,
)
_BARRED_LINE = re.compile(r"^[ \t]*([^\n|]*\|[^\n]*)$", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?:(?P<edge>begin|end)\{(?P<name>[A-Za-z]{1,20}\*?)\}|.)|\$", re.DOTALL)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_CELLS, _FEWEST_CELLS = " | ", 2
"""A row without a mark at both its ends has so many between its cells, or the bar of `P(A | B)` would make one."""
_LONGEST = 2_000
"""A formula in a line of more characters is none: a dollar sign stood for money, or a mark was left open."""
_CLOSES = {"\\(": "\\)", "\\[": "\\]"}

Kind = Literal["formula", "block"]


@dataclass(frozen=True)
class Delimited:
    """A stretch with its marks."""

    begin: int
    end: int
    kind: Kind
    """A `block` (code on lines of its own, a row, a tag) is no operand of what stands beside it."""


def delimited(text: str) -> Iterator[Delimited]:
    """Yield the stretches of a text in order, none within another."""
    marks, rows = _Marks(text), _rows(text)
    mark, row, place = _MARK.search(text), next(rows, None), 0
    while mark or row:
        while row and row.begin < place:
            row = next(rows, None)
        if mark and mark.start() < place:
            mark = _MARK.search(text, place)
            continue
        if row and (mark is None or row.begin <= mark.start()):
            yield row
            place = row.end
            row = next(rows, None)
        elif mark:
            end, kind = marks.end_of(mark)
            if end is not None:
                yield Delimited(mark.start("fence") if mark["fence"] else mark.start(), end, kind)
            place = mark.end() if end is None else end
            mark = _MARK.search(text, place)


def _rows(text: str) -> Iterator[Delimited]:
    """Yield the lines that are rows of a table, but for those that stand in what has marks of its own."""
    for line in _BARRED_LINE.finditer(text):
        row = line[1].rstrip()
        closed = len(row) > 2 and row[0] == row[-1] == "|"
        if closed or row.count(_CELLS) >= _FEWEST_CELLS:
            yield Delimited(line.start(1), line.start(1) + len(row), "block")


class _Marks:
    """Where each kind of mark stands, so that a close is found without reading on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places: dict[str, list[int]] = {sign: [] for sign in ("\\(", "\\)", "\\[", "\\]", "$")}
        self.environments: dict[int, int] = {}
        """Begin of each environment that is closed, and its end."""
        opened: dict[str, list[int]] = {}
        for found in _ESCAPE.finditer(text):
            if found["edge"] == "begin":
                opened.setdefault(found["name"], []).append(found.start())
            elif found["edge"] and opened.get(found["name"]):
                self.environments[opened[found["name"]].pop()] = found.end()
            elif found[0] in self.places:
                self.places[found[0]].append(found.start())

    def end_of(self, mark: re.Match[str]) -> tuple[int | None, Kind]:
        """Return where the stretch ends that a mark opens, and what it is; None where it opens none."""
        if mark["tag"]:
            return mark.end(), "block"
        if mark["fence"]:
            return self._fence(mark), "block"
        if mark["environment"]:
            return self.environments.get(mark.start()), "formula"
        if mark["code"]:
            line = self.text.find("\n", mark.end())
            end = self.text.find(mark["code"], mark.end(), len(self.text) if line < 0 else line)
            return (None if end < 0 else end + len(mark["code"])), "formula"
        return self._formula(mark), "formula"

    def _fence(self, mark: re.Match[str]) -> int:
        close = re.compile(rf"^[ \t]*{re.escape(mark['fence'])}[`~]*[ \t]*$", re.MULTILINE)
        end = close.search(self.text, mark.end())
        return len(self.text.rstrip()) if end is None else end.end()

    def _formula(self, mark: re.Match[str]) -> int | None:
        if mark["escape"]:
            return self._bracketed(mark) if mark["escape"] in _CLOSES else None
        if mark["dollars"] == "$$":
            end = self.text.find("$$", mark.end())
            return end + 2 if end > mark.end() else None
        close = self._next("$", mark.start())
        return close + 1 if close is not None and self._in_dollars(mark.end(), close) else None

    def _bracketed(self, mark: re.Match[str]) -> int | None:
        opens = mark["escape"]
        end, again = self._next(_CLOSES[opens], mark.start()), self._next(opens, mark.start())
        if end is None or (again is not None and again < end):
            return None
        in_line = opens == "\\("
        fits = not in_line or (end - mark.end() <= _LONGEST and not _BLANK_LINE.search(self.text, mark.end(), end))
        return end + 2 if fits else None

    def _in_dollars(self, begin: int, end: int) -> bool:
        """Tell a formula from two amounts of money: blanks stand on both of its inner sides or on neither."""
        inside = self.text[begin : min(end, begin + _LONGEST + 1)]
        if not inside.strip() or len(inside) > _LONGEST or _BLANK_LINE.search(inside):
            return False
        if inside[0].isspace() or inside[-1].isspace():
            return inside[0].isspace() and inside[-1].isspace()
        return not self.text[end + 1 : end + 2].isdigit()

    def _next(self, sign: str, place: int) -> int | None:
        places = self.places[sign]
        after = bisect_right(places, place)
        return places[after] if after < len(places) else None
