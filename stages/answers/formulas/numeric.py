"""Equality of formulas by their values to 120 digits at several points; runs in a child process only.

A value is worked out at two precisions: a difference that is no rounding error stays, one that is shrinks. So numbers
as small as 2^-999 are told apart, and a sum that cancels to zero is known to be zero. Nothing is ever simplified.
"""

import hashlib
from collections.abc import Iterator
from fractions import Fraction

import mpmath

from stages.answers.formulas.evaluation import NoValueError, Point, Value, value_at
from stages.answers.formulas.nodes import Node, variables

_COARSE, _FINE = 60, 120
_POINTS = 3
_TRIES = 8
_DRAWN_PART = Fraction(3, 7)


def equal(left: Node, right: Node, tolerance: Fraction | None, relative: bool = False) -> bool:
    """Tell whether two formulas agree: to the last digit, or within `tolerance` (of their size, if `relative`)."""
    names = sorted(variables(left) | variables(right))
    if not names:
        return _agree(left, right, {}, tolerance, relative)
    known: list[bool] = []
    for on_reals in (True, False):
        if known or (on_reals and (_is_complex(left) or _is_complex(right))):
            continue
        verdicts = [_agree_at(left, right, point, tolerance, relative, on_reals) for point in _points(names)]
        if all(verdict is not False for verdict in verdicts):
            verdicts += [_agree_far(left, right, point, tolerance, relative, on_reals) for point in _far_points(names)]
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
                ratios.append(value_at(left, point) / value_at(right, point))
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


def _points(names: list[str]) -> Iterator[Point]:
    """Yield points drawn from the names: some with all values positive, then some with signs of either kind."""
    for number in range(_TRIES):
        point = {}
        for name in names:
            digest = hashlib.sha256(f"{number}:{name}".encode("utf-8", "surrogatepass")).digest()
            size = Fraction(int.from_bytes(digest[:4]), 2**31) + Fraction(1, 7)
            point[name] = -size if number >= _POINTS and digest[4] % 2 else size
        yield point


def _far_points(names: list[str]) -> Iterator[Point]:
    """Yield points far from zero on either side, where `|x+10|-10` is not `|x+11|-11`, and near; some whole."""
    for sign in (1, -1):
        yield {name: Fraction(sign * (3 + 2 * place), 11 + 3 * place) for place, name in enumerate(names)}
    for reach, part in ((53, 0), (-53, _DRAWN_PART), (4001, _DRAWN_PART), (-4001, 0)):
        yield {name: Fraction(reach + 7 * place) + part for place, name in enumerate(names)}


def _agree_far(
    left: Node, right: Node, point: Point, tolerance: Fraction | None, relative: bool, on_reals: bool
) -> bool | None:
    """Tell whether the two agree at a point that may well be beyond what either can be worked out for."""
    try:
        return _agree_at(left, right, point, tolerance, relative, on_reals)
    except NoValueError:
        return None


def _agree_at(
    left: Node, right: Node, point: Point, tolerance: Fraction | None, relative: bool, on_reals: bool
) -> bool | None:
    """Tell whether the two agree at `point`; none where either has no value or, off the positive, no real one.

    With `on_reals`, where neither has a real value they say nothing: `artanh x` and its logarithm part beyond 1.
    """
    try:
        if on_reals and not _is_real(left, point) and not _is_real(right, point):
            return None
        if any(value < 0 for value in point.values()):
            with mpmath.workdps(_COARSE):
                if not (_real(left, point) and _real(right, point)):
                    return None
        return _agree(left, right, point, tolerance, relative)
    except NoValueError:
        raise
    except (ArithmeticError, ValueError):
        return None


def _is_real(node: Node, point: Point) -> bool:
    with mpmath.workdps(_COARSE):
        value = value_at(node, point)
        return bool(abs(mpmath.im(value)) <= abs(value) * mpmath.mpf(10) ** -45)


def _is_complex(node: Node) -> bool:
    """Tell whether a formula is meant beyond the real numbers: it holds `i`, or a sign that alternates (`(-1)^n`)."""
    alternates = node.op == "pow" and node.args[0].op == "neg" and variables(node.args[1])
    return bool(alternates) or (node.op, node.value) == ("const", "i") or any(map(_is_complex, node.args))


def _real(node: Node, point: Point) -> bool:
    """Tell whether every part of `node` is real at `point`, so that no branch of a root or logarithm was chosen."""
    value = value_at(node, point)
    real = abs(mpmath.im(value)) <= abs(value) * mpmath.mpf(10) ** -45
    return bool(real) and all(_real(arg, point) for arg in node.args)


def _agree(left: Node, right: Node, point: Point, tolerance: Fraction | None, relative: bool) -> bool:
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


def _difference(left: Node, right: Node, point: Point, digits: int) -> tuple[Value, Value]:
    with mpmath.workdps(digits):
        one, other = value_at(left, point), value_at(right, point)
        if mpmath.isinf(one) or mpmath.isinf(other):
            return (mpmath.mpf(0) if one == other else mpmath.inf), mpmath.mpf(1)
        return abs(one - other), max(abs(one), abs(other))
