r"""The final answer in a reply's `\boxed{}` or `\fbox{}`: the last one, and those it is listed with.

One pass over the text with a stack, so that unbalanced braces and thousands of boxes cost no more than their length.
"""

import re
from dataclasses import dataclass

_MARKS = re.compile(r"\\(?:boxed|fbox)\s*\{|\\.|[{}]", re.DOTALL)
_DECORATION = re.compile(r"\\[()\[\],;:! ]|\\q?quad\b|\\(?:text|mbox|mathrm)\s*\{|[${}*\s]+|\\\\")
_JOINER = re.compile(
    r"(?:(?P<unit>[A-Za-z]+) )?(?:,|;|、|,? ?and|,? ?or|&|和|或|及|以及)(?: ?[A-Za-z]\w*(?:_\w+)? ?=)?", re.IGNORECASE
)
_LONGEST_JOINER = 80


@dataclass(frozen=True)
class Box:
    """One balanced box: where it lies and what it holds."""

    start: int
    stop: int
    content: str


def find_boxes(text: str) -> list[Box]:
    """Return the balanced, outermost boxes of `text`, in order."""
    opened: list[tuple[int, int] | None] = []
    found: list[Box] = []
    for mark in _MARKS.finditer(text):
        token = mark.group()
        if token == "}":
            box = opened.pop() if opened else None
            if box is not None:
                _keep_outermost(found, Box(box[0], mark.end(), text[box[1] : mark.start()]))
        elif token == "{":
            opened.append(None)
        elif token.endswith("{") and len(token) > 2:
            opened.append((mark.start(), mark.end()))
    return found


def boxed_answer(text: str, *, adjacent: bool = False) -> str | None:
    """Return the content of the last box, with those it is listed with (`\\boxed{1} and \\boxed{2}`).

    With `adjacent`, boxes with nothing between them count as listed too (a gold's habit, not a reply's).
    """
    found = find_boxes(text)
    if not found:
        return None
    parts = [found[-1].content]
    for before, after in zip(reversed(found[:-1]), reversed(found), strict=False):
        if not _joined(text[before.stop : after.start], adjacent):
            break
        parts.append(before.content)
    return ", ".join(part.strip() for part in reversed(parts))


def _keep_outermost(found: list[Box], box: Box) -> None:
    while found and found[-1].start > box.start:
        found.pop()
    found.append(box)


def _joined(between: str, adjacent: bool) -> bool:
    if len(between) > _LONGEST_JOINER:
        return False
    bare = " ".join(_DECORATION.sub(" ", between).split())
    if not bare:
        return adjacent
    match = _JOINER.fullmatch(bare)
    return match is not None and (match["unit"] or "").lower() not in {"not", "wrong", "no"}
