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
_CONSTANTS_OF_INTEGRATION = frozenset("cCkK")
_INDEPENDENT = frozenset(("x", "y", "z", "t", "s", "u", "r", "theta"))
"""What a solution of a differential equation is mostly a function of."""


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
        swapped = name.swapcase()
        if swapped in names - others and _integrates(gold, swapped) and _integrates(answer, name):
            swaps[name] = swapped
    return renamed(answer, swaps) if swaps else answer


def _integrates(formula: Node, name: str) -> bool:
    """Tell whether a name is a constant of integration: added to a function, numbered, or a factor of one."""
    others = variables(formula) - {name}
    if name[:1] not in _CONSTANTS_OF_INTEGRATION or not others:
        return False
    if name[1:2] == "_":
        return True
    terms, of_one = _terms(formula), len(others) == 1 and others <= _INDEPENDENT
    return any(
        term == Node("var", (), name)
        or (Node("var", (), name) in _factors(term) and (_grows(term) or (of_one and len(terms) > 1 and _bends(term))))
        for term in terms
    )


def _terms(node: Node) -> list[Node]:
    """Return the terms of a sum, their signs aside."""
    if node.op in ("add", "neg"):
        return [term for arg in node.args for term in _terms(arg)]
    return [node]


def _factors(node: Node) -> list[Node]:
    """Return the factors of a product, or of what is divided."""
    if node.op in ("mul", "div"):
        return [factor for arg in (node.args if node.op == "mul" else node.args[:1]) for factor in _factors(arg)]
    return [node]


def _grows(node: Node) -> bool:
    """Tell whether a function, or a power with a variable in its exponent, stands in a term (`C e^{-2x}`)."""
    return node.op == "call" or (node.op == "pow" and bool(variables(node.args[1]))) or any(map(_grows, node.args))


def _bends(node: Node) -> bool:
    """Tell whether a term is no multiple of a plain variable (`C/x^2`)."""
    return contains(node, "pow", "div", "root")


def _has_long_decimal(node: Node) -> bool:
    if node.op == "num":
        return "." in node.value and len(node.value.replace(".", "").lstrip("0")) >= _LONG_DECIMAL
    return contains(node, "num") and any(_has_long_decimal(arg) for arg in node.args)
