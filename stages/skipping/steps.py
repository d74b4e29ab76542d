"""What counts as a step of reasoning: the one counter, for asking, accepting, checking and reporting alike."""

import re

MAX_STEPS = 256
"""A chain of more lines than this is no solution in steps."""
MAX_LINE = 2_000
"""A line of more characters than this is no step."""

_LEAD = re.compile(r"[\s*_#>-]*")
_ANSWER = re.compile(
    r"(?:(?:so|thus|therefore|hence|finally)[,:]? )?"
    r"(?:the (?:final )?answer(?:[*_]*:| is\b| =)|(?:final )?answer[*_]*:)",
    re.IGNORECASE,
)
_BOX = "\\boxed{"


def step_lines(reasoning: str) -> tuple[str, ...]:
    """Return the steps: the lines that are neither blank nor tell the answer, without blanks at their ends."""
    lines = (line.strip() for line in reasoning.split("\n"))
    return tuple(line for line in lines if line and not _tells_answer(line))


def normalised(reasoning: str) -> str:
    """Return the steps as one text, the same for two chains that differ in blanks, case or the answer line."""
    return "\n".join(" ".join(line.split()) for line in step_lines(reasoning)).casefold()


def _tells_answer(line: str) -> bool:
    lead = _LEAD.match(line)
    return _BOX in line or line.startswith("####") or _ANSWER.match(line, lead.end() if lead else 0) is not None
