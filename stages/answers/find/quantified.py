"""A last formula that only says what a claim holds for: the `$x$` of `so $f(x) = 1 + x$ for all real $x$`."""

import re

from stages.answers.find.closing import doubtful

_FOR_ALL = re.compile(
    r"\s*,?\s*for (?:all|every|any|each)(?: (?:real|positive|negative|nonnegative|non-negative|natural|rational|complex"
    r"|integers?|numbers?|values of|possible)){0,3}\s*"
)
_CONCLUDED = re.compile(
    r"\b(?:so|hence|thus|therefore|consequently|solutions?|answers?|functions?|obtain|find|get|conclude)\b",
    re.IGNORECASE,
)
_LEFT_OUT = re.compile(r"\b(?:exclud|fail|reject|discard|eliminat|contradict|remain|case|candidate)\w*", re.IGNORECASE)
_FREE = re.compile(r"\s*[A-Za-z](?:\s*,\s*[A-Za-z])*(?:\s*\\in\s*\\mathbb\s*\{?\s*[A-Z]\s*\}?)?\s*\.?\s*")
"""A variable by itself, or with the numbers it is one of: no claim."""


def holds_for_all(said: str, link: str, last: str) -> bool:
    """Tell whether `link` and the formula `last` only quantify the claim before them, which `said` concludes."""
    if not _FOR_ALL.fullmatch(link) or not _FREE.fullmatch(last):
        return False
    return bool(_CONCLUDED.search(said)) and not _LEFT_OUT.search(said) and not doubtful(said)
