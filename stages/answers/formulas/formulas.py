"""Equality of two formulas: rational ones at once, modulo a prime; others in a child process, within a time budget."""

import time
from fractions import Fraction

from stages.answers.formulas.modular import PRIME, NotRationalError, residue
from stages.answers.formulas.nodes import Node, contains, renamed, to_json, variables
from stages.answers.formulas.pool import ChildError, shared_pool

_SECONDS = 1.2
_MOST_ASKS = 60
_POINTS = (1, 2)
_LONG_DECIMAL = 10
_CONSTANT_OF_INTEGRATION = {"c": "C", "k": "K"}


class UndecidedError(Exception):
    """Two formulas could not be compared; the argument is a countable word."""


class Formulas:
    """Compares the formulas of one row, and holds the row to its budget."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._deadline = time.monotonic() + seconds
        self._asks = 0
        self.used = False
        self.used_child = False

    def equal(self, gold: Node, answer: Node, tolerance: Fraction | None = None) -> bool:
        """Tell whether the two are equal, or raise `UndecidedError`."""
        self.used = True
        answer = _same_constants(gold, answer)
        relative = tolerance is None and _has_long_decimal(gold) != _has_long_decimal(answer)
        if tolerance is None and not relative:
            try:
                return all(residue(gold, point) == residue(answer, point) for point in _POINTS)
            except (NotRationalError, RecursionError):
                pass
        if relative:
            tolerance = Fraction(1, 10 ** (_LONG_DECIMAL - 1))
        return bool(self._ask("equal", gold, answer, tolerance, relative))

    def proportion(self, gold: Node, answer: Node) -> int:
        """Return the sign of the constant that `gold` is a multiple of `answer` by; 0 when there is none."""
        self.used = True
        answer = _same_constants(gold, answer)
        try:
            ratios = {residue(Node("div", (gold, answer)), point) for point in _POINTS}
            return _sign(ratios.pop()) if len(ratios) == 1 else 0
        except (NotRationalError, RecursionError):
            return self._ask("proportion", gold, answer, None, False)

    def _ask(self, ask: str, gold: Node, answer: Node, tolerance: Fraction | None, relative: bool) -> int:
        self._asks += 1
        left = self._deadline - time.monotonic()
        if self._asks > _MOST_ASKS or left <= 0:
            raise UndecidedError("timeout")
        self.used_child = True
        request: dict[str, object] = {"ask": ask, "left": to_json(gold), "right": to_json(answer)}
        request |= {"tolerance": None if tolerance is None else str(tolerance), "relative": relative}
        try:
            return shared_pool().ask(request, left)
        except ChildError as error:
            raise UndecidedError(str(error)) from error


def _sign(ratio: int) -> int:
    """Return the sign of the small fraction that `ratio` is modulo the prime."""
    if ratio == 0:
        return 0
    before, after = (PRIME, 0), (ratio, 1)
    while after[0] ** 2 > PRIME:
        times = before[0] // after[0]
        before, after = after, (before[0] - times * after[0], before[1] - times * after[1])
    return 1 if after[1] > 0 else -1


def _same_constants(gold: Node, answer: Node) -> Node:
    """Return `answer` with a constant of integration written as the gold writes it (`c` or `C`)."""
    names, others = variables(gold), variables(answer)
    swaps = {}
    for name in others - names:
        swapped = name.swapcase() if name[:1].lower() in _CONSTANT_OF_INTEGRATION else name
        if swapped in names - others:
            swaps[name] = swapped
    return renamed(answer, swaps) if swaps else answer


def _has_long_decimal(node: Node) -> bool:
    if node.op == "num":
        return "." in node.value and len(node.value.replace(".", "").lstrip("0")) >= _LONG_DECIMAL
    return contains(node, "num") and any(_has_long_decimal(arg) for arg in node.args)
