"""A formula read into a tree: LaTeX and plain text alike, within static limits, and never by evaluating anything.

A recursive-descent reader, one function a level of precedence.
"""

from stages.answers.formulas.cursor import END, Cursor
from stages.answers.formulas.lexer import UnreadableError, tokens
from stages.answers.formulas.nodes import Node
from stages.answers.formulas.pieces import argument, mixed_part, subscript

_LONGEST = 2000
_MOST_DIGITS = 1000
_LONGEST_CHAIN = 20
_OPENING = {"(": ")", "[": "]", "{": "}"}
_FACTOR_KINDS = frozenset(("num", "name", "constant", "function"))
_FACTOR_COMMANDS = frozenset(("frac", "binom", "lfloor", "lceil"))


def parse(text: str) -> Node:
    """Return the tree of one expression, or raise `UnreadableError` with the reason."""
    if len(text) > _LONGEST:
        raise UnreadableError("too_long")
    cursor = Cursor(tokens(text))
    node = _sum(cursor)
    if cursor.peek().kind == "text" and cursor.peek(1) is END:
        cursor.take()
    if cursor.peek() is not END:
        raise UnreadableError("unreadable")
    return node


def _sum(cursor: Cursor) -> Node:
    with cursor.deeper():
        terms = [_product(cursor)]
        while cursor.at("+", "-", "pm", "mp"):
            sign = cursor.take().value
            right = _product(cursor)
            if sign in ("pm", "mp"):
                terms = [cursor.node(sign, _joined(cursor, "add", terms), right)]
            else:
                terms.append(right if sign == "+" else cursor.node("neg", right))
    return _joined(cursor, "add", terms)


def _joined(cursor: Cursor, op: str, parts: list[Node]) -> Node:
    """Return one node over all parts, so that a long sum is wide and not deep."""
    return parts[0] if len(parts) == 1 else cursor.node(op, *parts)


def _product(cursor: Cursor) -> Node:
    factors, quotients = [_signed(cursor)], 0
    while True:
        if cursor.at("*", "cdot", "times"):
            cursor.take()
            factors.append(_signed(cursor))
        elif cursor.at("/", "div", "bmod", "mod"):
            sign = cursor.take().value
            quotients += 1
            if quotients > _LONGEST_CHAIN:
                raise UnreadableError("too_deep")
            above = _joined(cursor, "mul", factors)
            factors = [cursor.node("div" if sign in ("/", "div") else "mod", above, _signed(cursor))]
        elif _starts_factor(cursor):
            if cursor.peek().kind == cursor.peek(-1).kind == "num":
                raise UnreadableError("unreadable")
            factors.append(_power(cursor))
        else:
            return _joined(cursor, "mul", factors)


def _starts_factor(cursor: Cursor) -> bool:
    token = cursor.peek()
    if token.kind == "sign":
        return token.value in _OPENING or (token.value == "|" and not cursor.bars)
    return token.kind in _FACTOR_KINDS or (token.kind == "command" and token.value in _FACTOR_COMMANDS)


def _signed(cursor: Cursor) -> Node:
    if not cursor.at("+", "-", "pm", "mp"):
        return _power(cursor)
    sign = cursor.take().value
    with cursor.deeper():
        inner = _term(cursor) if sign in ("pm", "mp") else _signed(cursor)
    return inner if sign == "+" else cursor.node({"-": "neg"}.get(sign, sign), inner)


def _term(cursor: Cursor) -> Node:
    """Read all factors after a leading plus-minus, so that its sign is that of the whole term."""
    factors = [_power(cursor)]
    while _starts_factor(cursor):
        factors.append(_power(cursor))
    return _joined(cursor, "mul", factors)


def _power(cursor: Cursor) -> Node:
    base = _primary(cursor)
    for _ in range(_LONGEST_CHAIN):
        if cursor.at("^"):
            cursor.take()
            base = _raised(cursor, base)
        elif cursor.at("!"):
            cursor.take()
            base = cursor.node("fact", base)
        elif cursor.at("%"):
            cursor.take()
            base = cursor.node("percent", base)
        else:
            return base
    raise UnreadableError("too_deep")


def _raised(cursor: Cursor, base: Node) -> Node:
    if cursor.at("circ"):
        cursor.take()
        return cursor.node("degree", base)
    return cursor.node("pow", base, _exponent(cursor))


def _exponent(cursor: Cursor) -> Node:
    with cursor.deeper():
        if cursor.at("+", "-"):
            sign = cursor.take().value
            inner = _exponent(cursor)
            return inner if sign == "+" else cursor.node("neg", inner)
        node = _primary(cursor)
        if cursor.at("^"):
            cursor.take()
            node = cursor.node("pow", node, _exponent(cursor))
    return node


def _primary(cursor: Cursor) -> Node:
    token = cursor.take()
    if token.kind == "num":
        return _number(cursor, token.value)
    if token.kind == "constant":
        return cursor.node("const", value=token.value)
    if token.kind == "name":
        return cursor.node("var", value=token.value + subscript(cursor))
    if token.kind == "function":
        return _call(cursor, token.value)
    if token.kind == "command":
        return _command(cursor, token.value)
    if token.kind == "sign" and token.value in _OPENING:
        return _bracketed(cursor, _OPENING[token.value])
    if token.kind == "sign" and token.value == "|":
        cursor.bars += 1
        inner = _sum(cursor)
        cursor.bars -= 1
        cursor.expect("|")
        return cursor.node("abs", inner)
    raise UnreadableError("unreadable")


def _bracketed(cursor: Cursor, closing: str) -> Node:
    bars, cursor.bars = cursor.bars, 0
    inner = _sum(cursor)
    cursor.bars = bars
    cursor.expect(closing)
    return inner


def _number(cursor: Cursor, digits: str) -> Node:
    if len(digits) > _MOST_DIGITS:
        raise UnreadableError("too_many_digits")
    if cursor.at("_"):
        return cursor.node("var", value=digits + subscript(cursor))
    whole = cursor.node("num", value=digits)
    part = mixed_part(cursor) if digits.isdigit() else None
    return whole if part is None else cursor.node("add", whole, part)


def _argument(cursor: Cursor) -> Node:
    return argument(cursor) or _primary(cursor)


def _command(cursor: Cursor, name: str) -> Node:
    if name == "frac":
        return cursor.node("div", _argument(cursor), _argument(cursor))
    if name == "binom":
        return cursor.node("binom", _argument(cursor), _argument(cursor))
    if name in ("lfloor", "lceil"):
        inner = _sum(cursor)
        cursor.expect("r" + name[1:])
        return cursor.node(name[1:], inner)
    raise UnreadableError("unreadable")


def _call(cursor: Cursor, name: str) -> Node:
    if name in ("sqrt", "cbrt"):
        return _root(cursor, name)
    power = base = None
    while cursor.at("^", "_"):
        if cursor.take().value == "^":
            power = _exponent(cursor)
        else:
            base = _argument(cursor)
    inner = _call_argument(cursor)
    if power is not None and power.op == "neg" and power.args[0].value == "1":
        return cursor.node("call", inner, value="arc" + name)
    if base is not None:
        node = cursor.node("log", base, inner)
    else:
        node = cursor.node("call", inner, value={"ln": "log"}.get(name, name))
    return node if power is None else cursor.node("pow", node, power)


def _call_argument(cursor: Cursor) -> Node:
    """Read a bracketed argument, or the factors up to the next function, bracket or sign (`\\sin 2x \\cos x`)."""
    if cursor.at("(", "{", "[", "|"):
        return _primary(cursor)
    factors = [_signed(cursor)]
    while _starts_factor(cursor) and cursor.peek().kind != "function" and not cursor.at("(", "[", "{"):
        factors.append(_power(cursor))
    inner = _joined(cursor, "mul", factors)
    if cursor.at("/") and cursor.peek(1).kind == "num":
        cursor.take()
        return cursor.node("div", inner, _power(cursor))
    return inner


def _root(cursor: Cursor, name: str) -> Node:
    degree = cursor.node("num", value="3" if name == "cbrt" else "2")
    if cursor.at("["):
        cursor.take()
        degree = _bracketed(cursor, "]")
    if cursor.peek().kind == "num":
        return cursor.node("root", cursor.node("num", value=cursor.take().value[:_MOST_DIGITS]), degree)
    return cursor.node("root", _argument(cursor), degree)
