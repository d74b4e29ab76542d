"""A formula read into a tree: LaTeX and plain text alike, within static limits, and never by evaluating anything."""

from stages.answers.lexer import Token, UnreadableError, tokens
from stages.answers.nodes import Node

_LONGEST = 2000
_DEEPEST = 40
_MOST_NODES = 800
_MOST_DIGITS = 1000
_ADDITIVE = frozenset(("+", "-"))
_OPENING = {"(": ")", "[": "]", "{": "}"}
_END = Token("end", "")


def parse(text: str) -> Node:
    """Return the tree of one expression, or raise `UnreadableError` with the reason."""
    if len(text) > _LONGEST:
        raise UnreadableError("too_long")
    if _depth(text) > _DEEPEST:
        raise UnreadableError("too_deep")
    reader = _Reader(tokens(text))
    node = reader.sum()
    if reader.peek().kind == "text" and reader.is_last():
        reader.take()
    if reader.peek() is not _END:
        raise UnreadableError("unreadable")
    return node


def _depth(text: str) -> int:
    deepest = depth = 0
    for char in text:
        if char in "([{^":
            depth += 1
            deepest = max(deepest, depth)
        elif char in ")]}":
            depth -= 1
    return max(deepest - text.count("^") // 2, 0) if text.count("^") < _DEEPEST else deepest


class _Reader:
    """A recursive-descent reader over tokens; one method a level of precedence."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._position = 0
        self._nodes = 0
        self._level = 0
        self._bars = 0

    def peek(self, ahead: int = 0) -> Token:
        place = self._position + ahead
        return self._tokens[place] if place < len(self._tokens) else _END

    def take(self) -> Token:
        token = self.peek()
        self._position += 1
        return token

    def is_last(self) -> bool:
        return self._position == len(self._tokens) - 1

    def _at(self, *signs: str) -> bool:
        token = self.peek()
        return token.kind in ("sign", "command") and token.value in signs

    def _expect(self, sign: str) -> None:
        if not self._at(sign):
            raise UnreadableError("unreadable")
        self.take()

    def _node(self, op: str, *args: Node, value: str = "") -> Node:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise UnreadableError("too_many_terms")
        return Node(op, args, value)

    def sum(self) -> Node:
        self._level += 1
        if self._level > _DEEPEST:
            raise UnreadableError("too_deep")
        left = self._product()
        while self._at("+", "-", "pm", "mp"):
            sign = self.take().value
            right = self._product()
            if sign in ("pm", "mp"):
                left = self._node(sign, left, right)
            else:
                left = self._node("add", left, right if sign == "+" else self._node("neg", right))
        self._level -= 1
        return left

    def _product(self) -> Node:
        left = self._signed()
        while True:
            if self._at("*", "cdot", "times"):
                self.take()
                left = self._node("mul", left, self._signed())
            elif self._at("/", "div"):
                self.take()
                left = self._node("div", left, self._signed())
            elif self._at("bmod", "mod"):
                self.take()
                left = self._node("mod", left, self._signed())
            elif self._starts_factor():
                if self.peek().kind == "num" and self.peek(-1).kind == "num":
                    raise UnreadableError("unreadable")
                left = self._node("mul", left, self._power())
            else:
                return left

    def _starts_factor(self) -> bool:
        token = self.peek()
        if token.kind in ("num", "name", "constant", "function"):
            return True
        if token.kind == "command":
            return token.value in ("frac", "binom", "lfloor", "lceil", "pi", "infty")
        return token.value in ("(", "[", "{") or (token.value == "|" and not self._bars) if token.kind == "sign" else False

    def _signed(self) -> Node:
        if self._at("+", "-", "pm", "mp"):
            sign = self.take().value
            self._level += 1
            if self._level > _DEEPEST:
                raise UnreadableError("too_deep")
            inner = self._signed_term() if sign in ("pm", "mp") else self._signed()
            self._level -= 1
            return inner if sign == "+" else self._node({"-": "neg"}.get(sign, sign), inner)
        return self._power()

    def _signed_term(self) -> Node:
        """Read all factors after a leading plus-minus, so that its sign is that of the whole term."""
        left = self._power()
        while self._starts_factor():
            left = self._node("mul", left, self._power())
        return left

    def _power(self) -> Node:
        base = self._primary()
        while True:
            if self._at("^"):
                self.take()
                base = self._raised(base)
            elif self._at("!"):
                self.take()
                base = self._node("fact", base)
            elif self._at("%"):
                self.take()
                base = self._node("percent", base)
            else:
                return base

    def _raised(self, base: Node) -> Node:
        if self._at("circ"):
            self.take()
            return self._node("degree", base)
        if self.peek().kind == "text" or (self._at("{") and self.peek(1).kind == "text"):
            return self._ordinal(base)
        return self._node("pow", base, self._exponent())

    def _ordinal(self, base: Node) -> Node:
        braced = self._at("{")
        if braced:
            self.take()
        if self.take().value not in ("th", "st", "nd", "rd"):
            raise UnreadableError("unreadable")
        if braced:
            self._expect("}")
        return base

    def _exponent(self) -> Node:
        self._level += 1
        if self._level > _DEEPEST:
            raise UnreadableError("too_deep")
        if self._at("+", "-"):
            sign = self.take().value
            inner = self._exponent()
            node = inner if sign == "+" else self._node("neg", inner)
        else:
            node = self._primary()
            if self._at("^"):
                self.take()
                node = self._node("pow", node, self._exponent())
        self._level -= 1
        return node

    def _primary(self) -> Node:
        token = self.take()
        if token.kind == "num":
            return self._number(token.value)
        if token.kind == "constant":
            return self._node("const", value=token.value)
        if token.kind == "name":
            return self._node("var", value=token.value + self._subscript())
        if token.kind == "function":
            return self._call(token.value)
        if token.kind == "command":
            return self._command(token.value)
        if token.kind == "sign" and token.value in _OPENING:
            bars, self._bars = self._bars, 0
            inner = self.sum()
            self._bars = bars
            self._expect(_OPENING[token.value])
            return inner
        if token.kind == "sign" and token.value == "|":
            self._bars += 1
            inner = self.sum()
            self._bars -= 1
            self._expect("|")
            return self._node("abs", inner)
        raise UnreadableError("unreadable")

    def _number(self, digits: str) -> Node:
        if len(digits) > _MOST_DIGITS:
            raise UnreadableError("too_many_digits")
        if self._at("_"):
            return self._node("var", value=digits + self._subscript())
        whole = self._node("num", value=digits)
        part = self._mixed_part() if digits.isdigit() else None
        return whole if part is None else self._node("add", whole, part)

    def _mixed_part(self) -> Node | None:
        """Read the fraction of a mixed number (`11 5/6`, `1\\frac45`); none when what follows is none."""
        ahead = [self.peek(n) for n in range(8)]
        kinds, values = [t.kind for t in ahead], [t.value for t in ahead]
        if kinds[:3] == ["num", "sign", "num"] and values[1] == "/":
            top, bottom, length = values[0], values[2], 3
        elif values[:2] == ["frac", "{"] and kinds[2] == kinds[5] == "num" and values[3:5] == ["}", "{"] and values[6] == "}":
            top, bottom, length = values[2], values[5], 7
        elif values[0] == "frac" and kinds[1] == "num" and len(values[1]) == 2:
            top, bottom, length = values[1][0], values[1][1], 2
        else:
            return None
        if not (top.isdigit() and bottom.isdigit()) or int(top) >= int(bottom):
            return None
        self._position += length
        return self._node("div", self._node("num", value=top), self._node("num", value=bottom))

    def _subscript(self) -> str:
        name = ""
        while self._at("'"):
            name += self.take().value
        if not self._at("_"):
            return name
        self.take()
        if not self._at("{"):
            return name + "_" + self.take().value
        self.take()
        parts = []
        while not self._at("}"):
            if self.peek() is _END:
                raise UnreadableError("unreadable")
            parts.append(self.take().value)
        self.take()
        return name + "_" + "".join(parts)

    def _argument(self) -> Node:
        """Read what a LaTeX command takes: a braced group, one digit, or one name."""
        token = self.peek()
        if token.kind == "num" and len(token.value) > 1:
            self._tokens[self._position] = Token("num", token.value[1:])
            return self._node("num", value=token.value[0])
        if token.kind in ("num", "name", "constant", "function", "command") or self._at("{", "("):
            return self._primary()
        raise UnreadableError("unreadable")

    def _command(self, name: str) -> Node:
        if name == "frac":
            return self._node("div", self._argument(), self._argument())
        if name == "binom":
            return self._node("binom", self._argument(), self._argument())
        if name in ("lfloor", "lceil"):
            inner = self.sum()
            self._expect("r" + name[1:])
            return self._node(name[1:], inner)
        raise UnreadableError("unreadable")

    def _call(self, name: str) -> Node:
        if name in ("sqrt", "cbrt"):
            return self._root(name)
        power = base = None
        while self._at("^", "_"):
            if self.take().value == "^":
                power = self._exponent()
            else:
                base = self._argument()
        args = self._call_arguments()
        if base is not None:
            node = self._node("log", base, *args)
        else:
            node = self._node("call", *args, value={"ln": "log"}.get(name, name))
        return node if power is None else self._powered_call(name, node, args, power)

    def _powered_call(self, name: str, node: Node, args: list[Node], power: Node) -> Node:
        if power.op == "neg" and power.args[0].value == "1":
            return self._node("call", *args, value="arc" + name)
        return self._node("pow", node, power)

    def _call_arguments(self) -> list[Node]:
        if self._at("(", "{", "[", "|"):
            return [self._primary()]
        left = self._signed()
        while self._starts_factor() and self.peek().kind != "function" and not self._at("(", "[", "{"):
            left = self._node("mul", left, self._power())
        while self._at("/") and left.op in ("num", "const", "var") and self.peek(1).kind == "num":
            self.take()
            left = self._node("div", left, self._power())
        return [left]

    def _root(self, name: str) -> Node:
        degree = self._node("num", value="3" if name == "cbrt" else "2")
        if self._at("["):
            self.take()
            degree = self.sum()
            self._expect("]")
        token = self.peek()
        inner = self._number(self.take().value) if token.kind == "num" else self._argument()
        return self._node("root", inner, degree)
