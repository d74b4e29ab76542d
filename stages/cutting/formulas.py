"""Which atoms of a text belong together as one formula: operands with their operators, brackets with what they hold.

An atom is a word, a number, a sign, or a stretch that is one by its own marks. An operator takes an operand on each
side; a worded one (`Total books = Dolly's + Pandora's`) reaches to the edge of its clause where that is near. Every
rule looks at a bounded number of neighbours, so that a text of signs alone costs no more than its length.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Kind = Literal["number", "name", "word", "character", "formula", "command", "opens", "closes", "block", "sign"]
"""A `name` is one letter; a `character` is of writing without blanks; a `command` is of LaTeX, outside its marks."""

_OPERATORS = frozenset("+-*/=<>^·−×÷–")
_DASHES = "-–—"
_BEFORE_NUMBER, _AFTER_NUMBER = frozenset("$€£¥₹₩₽#@"), frozenset("%!°′″²³‰")
_OPERANDS = frozenset(("number", "name", "formula", "command"))
_ALPHANUMERIC = frozenset((*_OPERANDS, "word"))
_WORDED = frozenset(("word", "character", "name"))
_LINK_WORDS = """
and or so then thus hence therefore where which that is are was we he she they it get gets got gives give makes make has
have if but because since to with when let as for in at by
"""
_LINKS = frozenset(_LINK_WORDS.split())
"""Words that are no part of a quantity's name, and end it."""
_LONGEST_NAME, _LONGEST_UNIT, _LONGEST_PAIR = 8, 3, 200
"""Words of a worded operand; words between a number and the next operator; atoms between two brackets."""


class Atom(NamedTuple):
    """The least that is told apart, and the blanks before it."""

    text: str
    kind: Kind
    gap: str
    """Empty where it touches the one before it."""


def formulas(atoms: Sequence[Atom]) -> list[tuple[int, int]]:
    """Return the first and last atom of every formula that is more than one atom, in order and apart."""
    reading = _Reading(atoms)
    runs = [reading.run(at) for at in range(len(atoms)) if reading.operates(at)]
    commands = [reading.command(at) for at, atom in enumerate(atoms) if atom.kind == "command"]
    whole = merged([*runs, *commands, *reading.brackets()])
    return [(first, last) for first, last in merged([reading.widened(*span) for span in whole]) if first < last]


def clusters(atoms: Sequence[Atom]) -> Iterator[tuple[int, int]]:
    """Yield the first and last atom of what would run together if a sign between its words or numbers were cut.

    `3:30`, `well-known`, `$40`; of writing without blanks (`3个`) a number with the character behind it; the two stars
    of bold type, one of which would multiply.
    """
    begin = 0
    for end in range(1, len(atoms) + 1):
        if end == len(atoms) or atoms[end].gap:
            yield from _cluster(atoms, begin, end)
            begin = end


def merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return closed intervals in order, those that share a place made one."""
    whole: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if whole and first <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(last, whole[-1][1]))
        else:
            whole.append((first, last))
    return whole


def _after_stops(atoms: Sequence[Atom], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield numbers with the full stops before them: `.(3` without its bracket would be another number.

    A character of writing without blanks that keeps the stop from being a decimal point (`个.3`) stays with it.
    """
    stop = None
    for at in range(begin, end):
        if atoms[at].text == ".":
            stop = at if stop is None or atoms[at - 1].text != "." else stop
        elif atoms[at].kind == "number" and stop is not None:
            yield stop - (stop > begin and atoms[stop - 1].kind == "character"), at
            stop = None
        elif atoms[at].text.startswith(".") and atoms[at].kind == "number" and at > begin:
            yield at - 1, at  # `个(.3` would read 3 without its bracket


def _cluster(atoms: Sequence[Atom], begin: int, end: int) -> Iterator[tuple[int, int]]:
    yield from _after_stops(atoms, begin, end)
    yield from ((at, at + 1) for at in range(begin, end - 1) if atoms[at].text == atoms[at + 1].text == "*")
    spoken = [at for at in range(begin, end) if atoms[at].kind in _ALPHANUMERIC]
    if any(atoms[at].kind == "character" for at in range(begin, end)):
        yield from ((at, at + 1) for at in spoken[:-1] if atoms[at].kind != "formula")
        spoken = spoken[-1:]
    if not spoken:
        return
    first, last = spoken[0], spoken[-1]
    if first > begin and atoms[first].kind == "number" and atoms[first - 1].text in _BEFORE_NUMBER:
        first -= 1
    if last + 1 < end and atoms[last].kind == "number" and atoms[last + 1].text in _AFTER_NUMBER:
        last += 1
    if first < last:
        yield first, last


class _Reading:
    """Atoms with what stands round them."""

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self.atoms = atoms
        self.touching = [at > 0 and not atom.gap for at, atom in enumerate(atoms)] + [False, False]
        """Whether there is no blank between an atom and the one before it; false beyond both ends."""
        self.opening = [at == 0 or "\n" in atom.gap for at, atom in enumerate(atoms)]
        self.partner = dict(self._partners())
        self.equated = self._lines_with_equals()
        self.heads, self.tails = self._heads(), self._tails()

    def operates(self, at: int) -> bool:
        """Tell whether an atom is an operator: no hyphen or dash of words, no bullet, no emphasis of markdown."""
        sign = self.atoms[at].text
        if self.atoms[at].kind != "sign" and sign not in ("x", "X"):
            return False
        if sign in ("x", "X", ":"):
            return self._even(at) and self._ends_number(at - 1) and self._begins_number(at + 1)
        if sign not in _OPERATORS and unicodedata.category(sign[0]) != "Sm":
            return False
        if sign in "-–*+>" and self.opening[at] and not self.touching[at + 1]:
            return False
        if sign == "*":
            return self._multiplies(at)
        between_words = self._is_worded(at - 1) and self._is_worded(at + 1)
        if sign in _DASHES and between_words and not self.touching[at]:
            return self.equated[at]
        return not (sign in "-–/" and between_words and self.touching[at] and self.touching[at + 1])

    def run(self, at: int) -> tuple[int, int]:
        """Return an operator with its operands; by itself where it has neither."""
        return self._left(at), self._right(at)

    def command(self, at: int) -> tuple[int, int]:
        """Return a command of LaTeX with its arguments, or with the operands that it stands between."""
        last = self.tails[at]
        if last > at:
            return self._head(at), last
        before, after = self._on_line(at) and self._ends_number(at - 1), self._on_line(at + 1)
        first = self._head(self.partner.get(at - 1, at - 1)) if before else at
        return first, (self._right(at) if after and self._begins_number(at + 1) else at)

    def brackets(self) -> Iterator[tuple[int, int]]:
        """Yield the pairs of brackets that hold no words, `(3, 6)`, or what a name applies to, `f(x)`."""
        plain = [0]
        for atom in self.atoms:
            plain.append(plain[-1] + (atom.kind in ("word", "character", "block")))
        for opens, closes in self.partner.items():
            if opens < closes and closes - opens <= _LONGEST_PAIR and plain[closes] == plain[opens]:
                yield self._head(opens), self.tails[closes]

    def widened(self, first: int, last: int) -> tuple[int, int]:
        """Return a formula with the brackets that stand round it, and what touches those."""
        while self.partner.get(first - 1) == last + 1:
            first, last = self._head(first - 1), self.tails[last + 1]
        return first, last

    def _left(self, at: int) -> int:
        """Return where the operand before an operator begins."""
        before = at - 1
        if not self._on_line(at):
            return at
        if self._ends_number(before):
            return self._head(self.partner.get(before, before))
        prefixes = not self.touching[at] and self.touching[at + 1]
        if prefixes or self.operates(before):
            return before  # a sign takes what it stands behind, or the cut would put a number before it
        return self._words_before(before) if self._even(at) or self.touching[at] else at

    def _right(self, at: int) -> int:
        """Return where the operand behind an operator ends."""
        after = at + 1
        if after >= len(self.atoms) or not self._on_line(after):
            return at
        if self._begins_number(after):
            opens = self.atoms[after].kind == "opens"
            money = self.atoms[after].text in _BEFORE_NUMBER
            return self.tails[self.partner.get(after, after) if opens else after + money]
        if self.operates(after):
            return after
        return self._words_after(after) if self._even(at) or self.touching[after] else at

    def _words_before(self, last: int) -> int:
        first = last + 1
        while first > 0 and last - first < _LONGEST_NAME and self._names(first - 1) and self._on_line(first):
            first -= 1
        if first > last:
            return last + 1
        ends = first == 0 or not self._on_line(first) or not self._names(first - 1)
        if not ends:
            return last
        if self._on_line(first) and first > 0 and self.atoms[first - 1].kind == "number":
            return self._head(first - 1) if last - first < _LONGEST_UNIT else last
        return first

    def _words_after(self, first: int) -> int:
        last = first - 1
        while last + 1 < len(self.atoms) and last - first < _LONGEST_NAME and self._names(last + 1):
            if last >= first and not self._on_line(last + 1):
                return last
            last += 1
        ended = last + 1 >= len(self.atoms) or not self._on_line(last + 1) or not self._names(last + 1)
        return last if last < first or ended else first

    def _head(self, at: int) -> int:
        """Return where begins what an operand hangs on: `2(`, `f(`, `$4`, `\\sqrt{`."""
        first = self.heads[at]
        return first - 1 if self.touching[first] and self.atoms[first - 1].text in _BEFORE_NUMBER else first

    def _heads(self) -> list[int]:
        """Return for each atom where begins what touches it on its left and is of one operand with it."""
        heads: list[int] = []
        for at in range(len(self.atoms)):
            before = self._hanging(at - 1) if self.touching[at] else None
            heads.append(at if before is None or before > at - 1 else heads[before])
        return heads

    def _tails(self) -> list[int]:
        """Return for each atom where ends what hangs on it: `2x`, `)(`, `5%`, `\\frac{1}{2}`."""
        tails = list(range(len(self.atoms)))
        for at in range(len(self.atoms) - 2, -1, -1):
            after = self._hanging(at + 1) if self.touching[at + 1] else None
            if after is not None and after > at:
                tails[at] = tails[after]
        return tails

    def _hanging(self, at: int) -> int | None:
        """Return the far end of what may hang on an operand: itself, or of a bracket the other one."""
        atom = self.atoms[at]
        if atom.kind in _ALPHANUMERIC or atom.text in _AFTER_NUMBER:
            return at
        return self.partner.get(at)

    def _multiplies(self, at: int) -> bool:
        """Tell a star between operands, alone or of two that raise, from the stars of emphasis."""
        first, last = at, at
        while first > 0 and self.atoms[first - 1].text == "*" and self.touching[first]:
            first -= 1
            if at - first > 1:
                return False
        while last + 1 < len(self.atoms) and self.atoms[last + 1].text == "*" and self.touching[last + 1]:
            last += 1
            if last - first > 1:
                return False
        even = self.touching[first] == self.touching[last + 1]
        numbers = self._ends_number(first - 1) and self._begins_number(last + 1)
        operands = (self._ends_number(first - 1) or self._is_worded(first - 1)) and (
            self._begins_number(last + 1) or self._is_worded(last + 1)
        )
        return (even and operands) or (numbers and first == last)

    def _even(self, at: int) -> bool:
        """Tell whether blanks stand on both sides of an atom or on neither."""
        return at + 1 < len(self.atoms) and self.touching[at] == self.touching[at + 1]

    def _names(self, at: int) -> bool:
        atom = self.atoms[at]
        return atom.kind in _WORDED and atom.text.lower() not in _LINKS

    def _ends_number(self, at: int) -> bool:
        """Tell whether an operand ends here that needs no word."""
        if at < 0:
            return False
        atom = self.atoms[at]
        after_number = atom.text in _AFTER_NUMBER and at > 0 and self.touching[at]
        return atom.kind in _OPERANDS or (atom.kind == "closes" and at in self.partner) or after_number

    def _begins_number(self, at: int) -> bool:
        if at >= len(self.atoms):
            return False
        atom = self.atoms[at]
        money = atom.text in _BEFORE_NUMBER and self.touching[at + 1] and self.atoms[at + 1].kind in ("number", "sign")
        return atom.kind in _OPERANDS or (atom.kind == "opens" and at in self.partner) or money

    def _is_worded(self, at: int) -> bool:
        return 0 <= at < len(self.atoms) and self.atoms[at].kind in ("word", "character")

    def _on_line(self, at: int) -> bool:
        """Tell whether an atom stands on the line of the one before it, and neither is a block."""
        return (
            0 < at < len(self.atoms)
            and not self.opening[at]
            and "block" not in (self.atoms[at].kind, self.atoms[at - 1].kind)
        )

    def _partners(self) -> Iterator[tuple[int, int]]:
        """Yield both brackets of every pair on one line, each with the other."""
        opened: list[int] = []
        for at, atom in enumerate(self.atoms):
            if self.opening[at]:
                opened = []
            if atom.kind == "opens":
                opened.append(at)
            elif atom.kind == "closes" and opened:
                pair = opened.pop()
                yield pair, at
                yield at, pair

    def _lines_with_equals(self) -> list[bool]:
        """Tell of each atom whether its line has an equals sign."""
        begins = [at for at, opens in enumerate(self.opening) if opens]
        equated: list[bool] = []
        for begin, end in pairwise([*begins, len(self.atoms)]):
            equated += [any(self.atoms[at].text == "=" for at in range(begin, end))] * (end - begin)
        return equated
