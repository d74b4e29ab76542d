r"""Last lines that state an answer and do not announce it: `选项 (B) 4.7 MeV`, `Therefore: **No**, ...`, a display.

A line among others that begin with a letter is an option that is listed, not one that is chosen.
"""

import re

from stages.answers.find.choices import letters, truth
from stages.answers.find.closing import doubtful
from stages.answers.find.prose import is_prose

_CHOSEN = re.compile(
    r"[\s*_#>-]*(?:(?i:option|choice|answer)|选项|选择|选|正确选项)?[\s*:：]*"
    r"(?P<letter>\([A-J]\)|（[A-J]）|[A-J](?=[.):：]\s|[.)。*]*$))[.):：*]*(?P<value>.*)"
)
_MARKED = re.compile(
    r"^[\s*_#>|-]*(?:(?:option|choice)\s*|选项\s*)?(?:[(（][A-J][)）]|[A-J]\s*(?:[.):：、]|[项|]|\**\s*$))",
    re.IGNORECASE | re.MULTILINE,
)
_DISPLAY_REMARK = re.compile(
    r"(\\\]|\$\$)[\s.]*(?:and|where)?\s*(?:"
    r"(?:both|all|these|all of these|all the|all three|the)"
    r"(?: (?:equations?|conditions?|values?|inequalities|constraints?|requirements?))?"
    r" (?:hold|check out|are (?:satisfied|met))|as (?:required|desired|claimed|wanted|expected))[\s.!]*$",
    re.IGNORECASE,
)
"""What may follow a displayed formula and says no more than that it holds."""
_EXCLUDED = re.compile(r"错|误|排除|\b(?:wrong|incorrect|exclud\w+|eliminat\w+|ruled|fails?)\b", re.IGNORECASE)


def closing_choice(text: str) -> str | None:
    """Return the letter of a last line that holds one and at most its value; none where there is no such line.

    Empty where the line is an option among others, or what is said before it denies or asks it.
    """
    before, last = _last_line(text)
    chosen = _CHOSEN.fullmatch(last.rstrip(" 。.*"))
    if chosen is None or is_prose(chosen["value"]) or letters(chosen["letter"]) is None:
        return None
    said = before.rstrip().rpartition("\n")[2].strip()
    listed = _MARKED.search(before if chosen["value"].strip() else said)
    introduced = not said.endswith((".", "。", "!", "！"))
    denied = introduced and (doubtful(said) or _EXCLUDED.search(said) or said.endswith(("?", "？")))
    return "" if listed or denied else chosen["letter"]


def closing_truth(text: str) -> str | None:
    """Return a last line that a yes or no heads, without a condition."""
    _, last = _last_line(text)
    return None if last.endswith(("?", "？")) or truth(last) is None else last


def without_remark(text: str) -> str:
    r"""Return `text` without what follows a last displayed formula and only says that it holds."""
    return _DISPLAY_REMARK.sub(r"\1", text)


def _last_line(text: str) -> tuple[str, str]:
    before, _, last = text.rstrip().rpartition("\n")
    return before, last.strip()
