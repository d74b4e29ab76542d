r"""Read `\boxed{...}` and `\fbox{...}`, in replies and in golds: the one reader of boxes.

One pass with a stack, so that unbalanced braces and thousands of boxes cost no more than the length of the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_COMMAND = re.compile(r"(?<!\\)\\+(?:boxed|fbox)")
_MARKS = re.compile(
    r"\\{1,2}(?:boxed|fbox)\s*(?:\{|(?P<bare>(?<=\s)[-+]?\d[\d.,/]*(?<![.,])(?![\w{])|(?<=\s)[A-Z](?![\w{}])|(?<=[dx])\d))"
    r"|\\.|[{}]",
    re.DOTALL,
)
r"""A box (`\boxed{`, `\boxed {`, doubly escaped `\\boxed{`, or `\boxed 7`, as MATH writes some), or a brace."""


@dataclass(frozen=True)
class Box:
    """One box: where it lies, and where its content does."""

    start: int
    """Of its command."""
    opens: int
    """Where its content begins."""
    closes: int
    """Where its content ends."""
    stop: int
    """Behind its closing brace; the end of the text where that is missing."""
    closed: bool = True

    def content(self, text: str) -> str:
        """Return what the box holds of the text it was read from."""
        return text[self.opens : self.closes].strip()

    @property
    def wrappers(self) -> list[tuple[int, int]]:
        """The spans that make it a box: its command with the brace, and the closing brace where there is one."""
        spans = [(self.start, self.opens), (self.closes, self.stop)]
        return [span for span in spans if span[0] < span[1]]


def read_boxes(text: str) -> list[Box]:
    """Return every box of `text`, nested and unclosed ones too, in the order they begin."""
    first = _COMMAND.search(text)
    if first is None:
        return []
    opened: list[tuple[int, int] | None] = []
    boxes: list[Box] = []
    for mark in _MARKS.finditer(text, first.start()):
        token = mark.group()
        if mark["bare"]:
            boxes.append(Box(mark.start(), mark.start("bare"), mark.end(), mark.end()))
        elif token == "}":
            box = opened.pop() if opened else None
            if box is not None:
                boxes.append(Box(*box, mark.start(), mark.end()))
        elif token == "{":
            opened.append(None)
        elif token.endswith("{") and len(token) > 2:
            opened.append((mark.start(), mark.end()))
    boxes.extend(Box(*box, len(text), len(text), closed=False) for box in opened if box is not None)
    return sorted(boxes, key=lambda box: box.start)


def outermost(boxes: Sequence[Box]) -> list[Box]:
    """Return the boxes that lie in none of the others; all in the order they begin."""
    kept: list[Box] = []
    for box in boxes:
        if not kept or box.start >= kept[-1].stop:
            kept.append(box)
    return kept


def closed_boxes(text: str) -> list[Box]:
    """Return the closed boxes of `text` that lie in no other closed one, in order."""
    return outermost([box for box in read_boxes(text) if box.closed])


def last_boxed(text: str) -> str | None:
    r"""Return what the last closed `\boxed{...}` holds, of nested ones the innermost; None where there is none."""
    return next((box.content(text) for box in reversed(read_boxes(text)) if box.closed), None)
