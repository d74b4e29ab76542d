r"""The final answer in a reply's boxes: the last one, and those it is listed with."""

import re

from data.boxes import Box, outermost, read_boxes

_DECORATION = re.compile(r"\\[()\[\],;:! ]|\\q?quad\b|\\(?:text|mbox|mathrm)\s*\{|[${}*\s]+|\\\\")
_JOINER = re.compile(
    r"(?:(?P<unit>[A-Za-z]+) )?(?:,|;|、|,? ?and|,? ?or|&|和|或|及|以及)"
    r"(?: (?:maybe|perhaps|possibly))?(?: ?[A-Za-z]\w*(?:_\w+)? ?=)?",
    re.IGNORECASE,
)
_LONGEST_JOINER = 80
_DENIED = re.compile(
    r"(?:\b(?:not|instead of|rather than)|n't)(?: (?:be|equal(?: to)?|simply|just))?[\s$*(\[{\\]*$", re.IGNORECASE
)
"""What may stand before a box that is no answer (`the count is \\boxed{20}, not \\boxed{18}`)."""


def boxed_answer(text: str, boxes: list[Box] | None = None, *, adjacent: bool = False) -> str | None:
    """Return the content of the last closed box, with those it is listed with (`\\boxed{1} and \\boxed{2}`).

    `boxes` are all of the text's, where they have been read. With `adjacent`, boxes with nothing between them count as
    listed too (a gold's habit, not a reply's).
    """
    boxes = outermost([box for box in (read_boxes(text) if boxes is None else boxes) if box.closed])
    while boxes and _DENIED.search(text, max(boxes[-1].start - _LONGEST_JOINER, 0), boxes[-1].start):
        boxes.pop()
    if not boxes:
        return None
    parts = [boxes[-1].content(text)]
    for before, after in zip(reversed(boxes[:-1]), reversed(boxes), strict=False):
        if not _joined(text[before.stop : after.start], adjacent):
            break
        parts.append(before.content(text))
    return ", ".join(reversed(parts))


def _joined(between: str, adjacent: bool) -> bool:
    if len(between) > _LONGEST_JOINER:
        return False
    bare = " ".join(_DECORATION.sub(" ", between).split())
    if not bare:
        return adjacent
    match = _JOINER.fullmatch(bare)
    return match is not None and (match["unit"] or "").lower() not in {"not", "wrong", "no"}
