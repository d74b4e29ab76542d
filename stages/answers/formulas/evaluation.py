"""The value of a formula at a point, to as many digits as are asked for, within limits of size and cost."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias, TypeGuard

import mpmath

from stages.answers.formulas.names import INVERSES, WAVES
from stages.answers.formulas.nodes import Node

_LARGEST_MAGNITUDE = 200_000
_LARGEST_ARGUMENT = 100_000
_LONGEST_EXPONENT = 12
Value: TypeAlias = Any  # mpmath's numbers, real or complex, bear no types
Point: TypeAlias = dict[str, Fraction]
"""The value of each variable."""


class NoValueError(ValueError):
    """The formula has no value here, or one beyond the limits; the argument is a countable word."""


def value_at(node: Node, point: Point) -> Value:
    """Return the value of `node`, real or complex, at the precision `mpmath` is set to."""
    if node.op == "num":
        return mpmath.mpf(node.value)
    if node.op == "var":
        drawn = point[node.value]
        return mpmath.mpf(drawn.numerator) / drawn.denominator
    if node.op == "const":
        return _CONSTANTS[node.value]()
    args = [value_at(arg, point) for arg in node.args]
    function = _FUNCTIONS.get(node.value) if node.op == "call" else _OPERATIONS.get(node.op)
    if function is None or not all(_bounded(arg) for arg in args):
        raise NoValueError("unsupported" if function is None else "too_large")
    exponent = _fraction(node.args[1]) if node.op == "pow" else None
    return _real_power(args[0], exponent) if _has_odd_root(exponent) else function(*args)


def _bounded(value: Value) -> bool:
    return bool(mpmath.isinf(value) or mpmath.isnan(value) or value == 0 or abs(mpmath.mag(value)) < _LARGEST_MAGNITUDE)


def _fraction(node: Node) -> Fraction | None:
    """Return the exponent that a node of plain numbers is (`2/3`, `-1/3`, `0.2`); none for any other."""
    if node.op == "num":
        return Fraction(node.value) if len(node.value) <= _LONGEST_EXPONENT else None
    parts = [_fraction(arg) for arg in node.args] if node.op in ("neg", "div") else []
    exact = [part for part in parts if part is not None]
    if not exact or len(exact) < len(parts):
        return None
    if node.op == "neg":
        return -exact[0]
    return exact[0] / exact[1] if exact[1] else None


def _has_odd_root(exponent: Fraction | None) -> TypeGuard[Fraction]:
    return exponent is not None and exponent.denominator > 1 and exponent.denominator % 2 == 1


def _real_power(base: Value, exponent: Fraction) -> Value:
    """Return the real power by an exponent of odd denominator, which negative bases have too."""
    power = mpmath.mpf(exponent.numerator) / exponent.denominator
    if mpmath.im(base) != 0 or not mpmath.re(base) < 0:
        return _pow(base, power)
    size = _pow(-base, power)
    return -size if exponent.numerator % 2 else size


def _pow(base: Value, exponent: Value) -> Value:
    if base != 0 and not mpmath.isinf(base) and abs(exponent) * max(abs(mpmath.mag(base)), 1) > _LARGEST_MAGNITUDE:
        raise NoValueError("too_large")
    return base**exponent


def _exp(value: Value) -> Value:
    if abs(value) > _LARGEST_MAGNITUDE:
        raise NoValueError("too_large")
    return mpmath.exp(value)


def _root(value: Value, degree: Value) -> Value:
    if degree == int(mpmath.re(degree)) and int(degree) % 2 and mpmath.im(value) == 0 and mpmath.re(value) < 0:
        return -mpmath.power(-value, 1 / degree)
    return mpmath.power(value, 1 / degree) if degree != 2 else mpmath.sqrt(value)


def _small(function: Callable[..., Value]) -> Callable[..., Value]:
    """Return `function` for arguments of ordinary size only: beyond it the cost, not the value, is what grows."""

    def bounded(*args: Value) -> Value:
        if any(abs(arg) > _LARGEST_ARGUMENT for arg in args):
            raise NoValueError("too_large")
        return function(*args)

    return bounded


_CONSTANTS: dict[str, Callable[[], Value]] = {
    "pi": lambda: +mpmath.pi,
    "e": lambda: +mpmath.e,
    "i": lambda: mpmath.mpc(0, 1),
    "inf": lambda: mpmath.inf,
}
_OPERATIONS: dict[str, Callable[..., Value]] = {
    "add": lambda *terms: sum(terms, mpmath.mpf(0)),
    "mul": lambda *factors: math.prod(factors, start=mpmath.mpf(1)),
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": _pow,
    "root": _root,
    "abs": abs,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "mod": lambda a, b: a % b,
    "percent": lambda a: a / 100,
    "degree": lambda a: a * mpmath.pi / 180,
    "log": lambda base, a: mpmath.log(a) / mpmath.log(base),
    "fact": _small(mpmath.factorial),
    "binom": _small(mpmath.binomial),
}
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{name: _small(getattr(mpmath, known)) for name, known in WAVES.items()},
    **{name: getattr(mpmath, known) for name, known in INVERSES.items()},
    "zeta": _small(mpmath.zeta),
    "gamma": _small(mpmath.gamma),
    "log": mpmath.log,
    "exp": _exp,
    "lg": mpmath.log10,
    "abs": abs,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "sgn": mpmath.sign,
}
