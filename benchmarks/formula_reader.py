"""A reader of formulas that shares nothing with the one under test."""

import re
from collections.abc import Iterator

from stages.cutting.cut_spans import without
from stages.replies.answer_segment import box_wrappers

MARKS = (("\\(", "\\)"), ("\\[", "\\]"), ("$$", "$$"), ("```", "```"), ("\\begin{align*}", "\\end{align*}"))
NUMBER = r"[$€£]?\d+(?:[.,]\d+)*%?"
RUN = re.compile(rf"{NUMBER}(?: ?[+*/=×÷^<>-] ?{NUMBER})+")
"""Numbers with an operator between each two of them."""


def formulas(text: str) -> Iterator[str]:
    """Yield what stands between marks, and of the rest arithmetic and rows of tables."""
    place, prose = 0, []
    while place < len(text):
        opens = [(text.find(mark, place), mark, close) for mark, close in MARKS if text.find(mark, place) >= 0]
        if not opens:
            break
        begin, mark, close = min(opens)
        end = text.find(close, begin + len(mark))
        if end < 0:
            break
        yield text[begin : end + len(close)]
        prose.append(text[place:begin])
        place = end + len(close)
    for line in "\0".join([*prose, text[place:]]).splitlines():
        if line.strip().startswith("|") and line.strip().endswith("|"):
            yield line.strip()
        else:
            yield from RUN.findall(line)


def unboxed(text: str) -> str:
    """Return a text with its boxes opened."""
    return "".join(text[begin:end] for begin, end in without([(0, len(text))], box_wrappers(text)))
