"""Equality of formulas by their values to 120 digits at several points; runs in a child process only.

A value is worked out at two precisions: a difference that is no rounding error stays, one that is shrinks. So numbers
as small as 2^-999 are told apart, and a sum that cancels to zero is known to be zero. Nothing is ever simplified.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, TypeAlias, TypeGuard

import mpmath

from stages.answers.formulas.nodes import Node, variables

_COARSE, _FINE = 60, 120
_LARGEST_MAGNITUDE = 200_000
_LARGEST_ARGUMENT = 100_000
_POINTS = 3
_TRIES = 8
_LONGEST_EXPONENT = 12
_DRAWN_PART = Fraction(3, 7)
Value: TypeAlias = Any  # mpmath's numbers, real or complex, bear no types


class NoValueError(ValueError):
    """The formula has no value here, or one beyond the limits; the argument is a countable word."""


def equal(left: Node, right: Node, tolerance: Fraction | None, relative: bool = False) -> bool:
    """Tell whether two formulas agree: to the last digit, or within `tolerance` (of their size, if `relative`)."""
    names = sorted(variables(left) | variables(right))
    if not names:
        return _agree(left, right, {}, tolerance, relative)
    verdicts = [_agree_at(left, right, point, tolerance, relative) for point in _points(names)]
    if all(verdict is not False for verdict in verdicts):
        verdicts += [_agree_far(left, right, point, tolerance, relative) for point in _far_points(names)]
    known = [verdict for verdict in verdicts if verdict is not None]
    if not known:
        raise NoValueError("no_value")
    return all(known)


def proportion(left: Node, right: Node) -> int:
    """Return the sign of the constant that `left` is a multiple of `right` by; 0 when there is none."""
    names = sorted(variables(left) | variables(right))
    ratios: list[Value] = []
    for point in _points(names):
        with mpmath.workdps(_COARSE):
            try:
                ratios.append(_value(left, point) / _value(right, point))
            except (ArithmeticError, ValueError):
                continue
        if len(ratios) == _POINTS:
            break
    if not ratios:
        raise NoValueError("no_value")
    first = ratios[0]
    same = first != 0 and all(abs(ratio - first) <= abs(first) * mpmath.mpf(10) ** -45 for ratio in ratios)
    if not same or abs(mpmath.im(first)) > abs(first) * mpmath.mpf(10) ** -45:
        return 0
    return 1 if mpmath.re(first) > 0 else -1


def _points(names: list[str]) -> Iterator[dict[str, Fraction]]:
    """Yield points drawn from the names: some with all values positive, then some with signs of either kind."""
    for number in range(_TRIES):
        point = {}
        for name in names:
            digest = hashlib.sha256(f"{number}:{name}".encode("utf-8", "surrogatepass")).digest()
            size = Fraction(int.from_bytes(digest[:4]), 2**31) + Fraction(1, 7)
            point[name] = -size if number >= _POINTS and digest[4] % 2 else size
        yield point


def _far_points(names: list[str]) -> Iterator[dict[str, Fraction]]:
    """Yield points far from zero on either side, where `|x+10|-10` is not `|x+11|-11`; some whole, for floors."""
    for reach, part in ((53, 0), (-53, _DRAWN_PART), (4001, _DRAWN_PART), (-4001, 0)):
        yield {name: Fraction(reach + 7 * place) + part for place, name in enumerate(names)}


def _agree_far(
    left: Node, right: Node, point: dict[str, Fraction], tolerance: Fraction | None, relative: bool
) -> bool | None:
    """Tell whether the two agree at a point that may well be beyond what either can be worked out for."""
    try:
        return _agree_at(left, right, point, tolerance, relative)
    except NoValueError:
        return None


def _agree_at(
    left: Node, right: Node, point: dict[str, Fraction], tolerance: Fraction | None, relative: bool
) -> bool | None:
    """Tell whether the two agree at `point`; none where either has no value or, off the positive, no real one."""
    try:
        if any(value < 0 for value in point.values()):
            with mpmath.workdps(_COARSE):
                if not (_real(left, point) and _real(right, point)):
                    return None
        return _agree(left, right, point, tolerance, relative)
    except NoValueError:
        raise
    except (ArithmeticError, ValueError):
        return None


def _real(node: Node, point: dict[str, Fraction]) -> bool:
    """Tell whether every part of `node` is real at `point`, so that no branch of a root or logarithm was chosen."""
    value = _value(node, point)
    real = abs(mpmath.im(value)) <= abs(value) * mpmath.mpf(10) ** -45
    return bool(real) and all(_real(arg, point) for arg in node.args)


def _agree(left: Node, right: Node, point: dict[str, Fraction], tolerance: Fraction | None, relative: bool) -> bool:
    coarse, _ = _difference(left, right, point, _COARSE)
    fine, size = _difference(left, right, point, _FINE)
    if mpmath.isnan(fine):
        raise NoValueError("no_value")
    if mpmath.isinf(fine):
        return False
    if tolerance is not None:
        allowed = mpmath.mpf(tolerance.numerator) / tolerance.denominator * (size if relative else 1)
        return bool(fine <= allowed)
    if fine == 0 or fine <= size * mpmath.mpf(10) ** -(_FINE - 25):
        return True
    return bool(fine <= coarse * mpmath.mpf(10) ** -(_FINE - _COARSE - 15))


def _difference(left: Node, right: Node, point: dict[str, Fraction], digits: int) -> tuple[Value, Value]:
    with mpmath.workdps(digits):
        one, other = _value(left, point), _value(right, point)
        if mpmath.isinf(one) or mpmath.isinf(other):
            return (mpmath.mpf(0) if one == other else mpmath.inf), mpmath.mpf(1)
        return abs(one - other), max(abs(one), abs(other))


def _value(node: Node, point: dict[str, Fraction]) -> Value:
    if node.op == "num":
        return mpmath.mpf(node.value)
    if node.op == "var":
        drawn = point[node.value]
        return mpmath.mpf(drawn.numerator) / drawn.denominator
    if node.op == "const":
        return _CONSTANTS[node.value]()
    args = [_value(arg, point) for arg in node.args]
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
_NAMES = [
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "sinh",
    "cosh",
    "tanh",
    "coth",
    "sech",
    "csch",
    "log",
    "zeta",
    "gamma",
]
_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{name: _small(getattr(mpmath, name)) for name in _NAMES if name != "log"},
    "log": mpmath.log,
    "exp": _exp,
    "lg": mpmath.log10,
    "abs": abs,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "sgn": mpmath.sign,
    **{
        f"{arc}{name}": getattr(mpmath, f"a{name}")
        for arc in ("arc", "a")
        for name in ("sin", "cos", "tan", "cot", "sec", "csc")
    },
    **{f"arc{name}": getattr(mpmath, f"a{name}") for name in ("sinh", "cosh", "tanh")},
}
