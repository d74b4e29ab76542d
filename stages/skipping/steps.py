"""What counts as a step of reasoning: the one reader, for asking, accepting, checking and reporting alike.

A step is a line; or, where the run file says so, a sentence, or a paragraph. A fenced block, a table, an environment
and a displayed formula stand whole, and belong to the line before them where that ends in a colon; a sentence that was
broken into lines is one line. What only tells the answer is no step, nor are a calculator's marks (`<<48/2=24>>`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from stages.rewriting.sentences import sentences

Unit = Literal["line", "sentence", "paragraph"]
READER = "steps@2"
"""Changes with any rule below."""
MAX_STEPS = 256
"""A chain of more steps than this is no solution in steps."""
MAX_LINE = 2_000
"""A step of more characters than this is none."""

_CALCULATOR = re.compile(r"<<[^<>\n]{0,200}>>")
_LEAD = re.compile(r"[\s*_#>-]*")
_ANSWER = re.compile(
    r"(?:(?:so|thus|therefore|hence|finally)[,:]? )?"
    r"(?:the (?:final )?answer(?:[*_]*:| is\b(?!n['’]t)| =)|(?:final )?answer[*_]*:)"
    r"(?! (?:not|never|neither|nor|no longer)\b)(?!.{0,200}\b(?:because|since|weil|parce que|porque|因为)\b)",
    re.IGNORECASE,
)
"""`The answer is not 5 because ...` and `The answer is 5, since ...` argue, and are steps."""
_BOXED = re.compile(r"\\boxed\{[^{}]{0,200}\}")
_WORK = re.compile(r"\d\s{0,2}[-+*/×·÷^]\s{0,2}\d[^=\n]{0,80}=|\\(?:times|cdot|frac|div)\b[^=\n]{0,80}=")
"""A line that works the answer out before it boxes it."""
_OPENS = (
    (re.compile(r"\s{0,20}(`{3,}|~{3,})"), None),
    (re.compile(r".*\\begin\{([A-Za-z]{1,20}\*?)\}"), r"\end{%s}"),
    (re.compile(r".*\\(\[)"), r"\]"),
)
_LONGEST_BLOCK = 60
"""Lines of a block; one that does not end within them is none."""
_BROKEN_AT = 40
"""A line of fewer characters is no sentence that was broken into lines."""


@dataclass(frozen=True)
class _Piece:
    """A line, or a block of several."""

    text: str
    is_block: bool
    ends_paragraph: bool = False


def step_lines(reasoning: str, unit: Unit = "line") -> tuple[str, ...]:
    """Return the steps, without blanks at their ends and without those that only tell the answer."""
    pieces = _pieces(_CALCULATOR.sub("", reasoning).split("\n"))
    if unit == "sentence":
        steps = [text for piece in pieces for text in _sentences(piece)]
    else:
        steps = list(_joined(pieces, whole=unit == "paragraph"))
    return tuple(step for step in steps if step and not _tells_answer(step))


def normalised(reasoning: str, unit: Unit = "line") -> str:
    """Return the steps as one text, the same for two chains that differ in blanks, case or the answer line."""
    return "\n".join(" ".join(step.split()) for step in step_lines(reasoning, unit)).casefold()


def as_text(steps: Sequence[str], unit: Unit = "line") -> str:
    """Return steps as the text in which they are read again."""
    return ("\n\n" if unit == "paragraph" else "\n").join(steps)


def _pieces(lines: Sequence[str]) -> list[_Piece]:
    pieces, at = list[_Piece](), 0
    while at < len(lines):
        end = _block_end(lines, at)
        last = end + 1 >= len(lines) or not lines[end + 1].strip()
        if lines[at].strip():
            text = "\n".join(line.rstrip() for line in lines[at : end + 1]).strip()
            pieces.append(_Piece(text, end > at, last))
        at = end + 1
    return pieces


def _block_end(lines: Sequence[str], at: int) -> int:
    """Return the last line of the block that begins here; this line itself where none does."""
    line, most = lines[at], min(len(lines), at + _LONGEST_BLOCK)
    if line.lstrip().startswith("|"):
        return next(
            (n for n in range(at, most) if n + 1 == len(lines) or not lines[n + 1].lstrip().startswith("|")), at
        )
    for pattern, closing in _OPENS:
        if (opened := pattern.match(line[:MAX_LINE])) is None:
            continue
        close = opened[1] if closing is None else closing % opened[1] if "%s" in closing else closing
        begin = at + 1 if closing is None or close not in line[opened.end() :] else at
        return next((n for n in range(begin, most) if close in lines[n][opened.end() if n == at else 0 :]), at)
    if line.count("$$") % 2:
        return next((n for n in range(at + 1, most) if "$$" in lines[n]), at)
    return at


def _joined(pieces: Sequence[_Piece], *, whole: bool) -> Iterator[str]:
    """Yield steps: pieces, with those that belong together joined; with `whole` all of a paragraph does."""
    step, before = "", None
    for piece in pieces:
        belongs = before is not None and (
            (whole and not before.ends_paragraph)
            or (piece.is_block and before.text.endswith((":", "：")))
            or (not whole and _goes_on(before, piece))
        )
        if belongs and before is not None:
            step += ("\n" if piece.is_block or before.is_block or whole else " ") + piece.text
        else:
            yield step
            step = piece.text
        before = piece
    yield step


def _goes_on(before: _Piece, piece: _Piece) -> bool:
    """Tell whether a line goes on with the sentence of the one before it."""
    if before.is_block or piece.is_block or before.ends_paragraph or len(before.text) < _BROKEN_AT:
        return False
    return (before.text[-1].isalpha() or before.text[-1] == ",") and piece.text[0].islower() and len(piece.text) > 1


def _sentences(piece: _Piece) -> list[str]:
    return [piece.text] if piece.is_block else [sentence.text.strip() for sentence in sentences(piece.text)]


def _tells_answer(step: str) -> bool:
    if step.startswith("####"):
        return True
    if "\\boxed{" in step:
        return not _WORK.search(_BOXED.sub(" ", step[:MAX_LINE]))
    lead = _LEAD.match(step)
    return _ANSWER.match(step, lead.end() if lead else 0) is not None
