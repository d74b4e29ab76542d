"""A place in a list of tokens, and the limits on what is read from it."""

from collections.abc import Iterator
from contextlib import contextmanager

from stages.answers.formulas.lexer import Token, UnreadableError
from stages.answers.formulas.nodes import Node

END = Token("end", "")
"""What stands after the last token."""
_DEEPEST = 40
_MOST_NODES = 800


class Cursor:
    """Hands out tokens one by one and counts the nodes and levels that are made of them."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._position = 0
        self._nodes = 0
        self._level = 0
        self.bars = 0
        """How many absolute-value bars are open."""

    def peek(self, ahead: int = 0) -> Token:
        """Return the token `ahead` of here, without taking it."""
        place = self._position + ahead
        return self._tokens[place] if 0 <= place < len(self._tokens) else END

    def take(self, count: int = 1) -> Token:
        """Take `count` tokens and return the first."""
        token = self.peek()
        self._position += count
        return token

    def put_back(self, token: Token) -> None:
        """Replace the token that is next."""
        self._tokens[self._position] = token

    def at(self, *signs: str) -> bool:
        """Tell whether the next token is one of these signs or commands."""
        token = self.peek()
        return token.kind in ("sign", "command") and token.value in signs

    def expect(self, sign: str) -> None:
        """Take `sign`, or raise `UnreadableError`."""
        if not self.at(sign):
            raise UnreadableError("unreadable")
        self.take()

    def node(self, op: str, *args: Node, value: str = "") -> Node:
        """Return a node, counted."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise UnreadableError("too_many_terms")
        return Node(op, args, value)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Read one level down, if that is not too deep."""
        self._level += 1
        if self._level > _DEEPEST:
            raise UnreadableError("too_deep")
        yield
        self._level -= 1
