"""Equality of rational expressions, decided by their values modulo a prime (Schwartz and Zippel).

Two rational functions with integer coefficients that differ agree at a random point modulo a 127-bit prime with a
chance below one in 2^100; no number ever grows, so `(x+y)^{60}` and `2024^{4046}` cost the same. The point is drawn
from the names of the variables, so that a verdict never changes from one run to the next.
"""

import hashlib
import math
from collections.abc import Callable

from stages.answers.formulas.nodes import Node

PRIME = 2**127 - 1
_LONGEST_EXPONENT = 4096
_LARGEST_FACTORIAL = 2000


class NotRationalError(ValueError):
    """The expression is no rational function, or has no value at this point."""


def residue(node: Node, point: int) -> int:
    """Return the value of `node` modulo the prime, its variables drawn from their names and `point`."""
    if node.op == "num":
        whole, _, part = node.value.partition(".")
        return int(whole + part or "0") * _inverse(pow(10, len(part), PRIME)) % PRIME
    if node.op == "var":
        return _drawn(node.value, point)
    if node.op == "const" and node.value == "i":
        raise NotRationalError("i")
    if node.op == "pow":
        return _power(residue(node.args[0], point), _integer(node.args[1]))
    if node.op == "fact":
        return _factorial(_integer(node.args[0]))
    if node.op in _OPERATIONS:
        return _OPERATIONS[node.op](*(residue(arg, point) for arg in node.args)) % PRIME
    raise NotRationalError(node.op)


def _drawn(name: str, point: int) -> int:
    digest = hashlib.sha256(f"{point}:{name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest) % PRIME


def _inverse(value: int) -> int:
    if value % PRIME == 0:
        raise NotRationalError("zero")
    return pow(value, -1, PRIME)


def _power(base: int, exponent: int) -> int:
    return pow(base if exponent >= 0 else _inverse(base), abs(exponent), PRIME)


def _factorial(number: int) -> int:
    if not 0 <= number <= _LARGEST_FACTORIAL:
        raise NotRationalError("factorial")
    product = 1
    for factor in range(2, number + 1):
        product = product * factor % PRIME
    return product


def _integer(node: Node) -> int:
    """Return the exact value of an exponent made of integers; refuse any other, and any too long."""
    if node.op == "num" and node.value.isdigit():
        value = int(node.value)
    elif node.op == "neg":
        value = -_integer(node.args[0])
    elif node.op in ("add", "mul"):
        parts = [_integer(arg) for arg in node.args]
        value = sum(parts) if node.op == "add" else _bounded_product(parts)
    elif node.op == "pow":
        base, exponent = (_integer(arg) for arg in node.args)
        if exponent < 0 or base.bit_length() * exponent > _LONGEST_EXPONENT:
            raise NotRationalError("exponent")
        value = base**exponent
    else:
        raise NotRationalError("exponent")
    if value.bit_length() > _LONGEST_EXPONENT:
        raise NotRationalError("exponent")
    return value


def _bounded_product(factors: list[int]) -> int:
    if sum(factor.bit_length() for factor in factors) > _LONGEST_EXPONENT:
        raise NotRationalError("exponent")
    return math.prod(factors)


def _product(*factors: int) -> int:
    product = 1
    for factor in factors:
        product = product * factor % PRIME
    return product


_OPERATIONS: dict[str, Callable[..., int]] = {
    "add": lambda *terms: sum(terms),
    "mul": _product,
    "neg": lambda a: -a,
    "div": lambda a, b: a * _inverse(b),
    "percent": lambda a: a * _inverse(100),
}
