"""Small pieces of a formula: the fraction of a mixed number, a subscript, what a LaTeX command takes."""

from stages.answers.formulas.cursor import END, Cursor
from stages.answers.formulas.lexer import Token, UnreadableError
from stages.answers.formulas.nodes import Node

_BRACED = ("frac", "{", "", "}", "{", "", "}")


def mixed_part(cursor: Cursor) -> Node | None:
    """Take the fraction of a mixed number (`11 5/6`, `1\\frac45`); none when what follows is none."""
    ahead = [cursor.peek(place) for place in range(len(_BRACED))]
    values = [token.value for token in ahead]
    if ahead[0].kind == ahead[2].kind == "num" and values[1] == "/":
        top, bottom, length = values[0], values[2], 3
    elif all(not wanted or wanted == value for wanted, value in zip(_BRACED, values, strict=True)):
        top, bottom, length = values[2], values[5], len(_BRACED)
    elif values[0] == "frac" and ahead[1].kind == "num" and len(values[1]) == 2:
        top, bottom, length = values[1][0], values[1][1], 2
    else:
        return None
    if not (top.isdigit() and bottom.isdigit()) or int(top[:999]) >= int(bottom[:999]):
        return None
    cursor.take(length)
    return cursor.node("div", cursor.node("num", value=top), cursor.node("num", value=bottom))


def subscript(cursor: Cursor) -> str:
    """Take the primes and the subscript of a name, and return them as the rest of the name."""
    name = ""
    while cursor.at("'"):
        name += cursor.take().value
    if not cursor.at("_"):
        return name
    cursor.take()
    if not cursor.at("{"):
        return f"{name}_{cursor.take().value}"
    cursor.take()
    name += "_"
    while not cursor.at("}"):
        if cursor.peek() is END:
            raise UnreadableError("unreadable")
        name += cursor.take().value
    cursor.take()
    return name


def argument(cursor: Cursor) -> Node | None:
    """Take the first digit of a number, as `\\frac12` does; none when a whole group or name comes next."""
    token = cursor.peek()
    if token.kind == "num" and len(token.value) > 1:
        cursor.put_back(Token("num", token.value[1:]))
        return cursor.node("num", value=token.value[0])
    if token.kind in ("num", "name", "constant", "function", "command") or cursor.at("{", "("):
        return None
    raise UnreadableError("unreadable")
