r"""Two or three letters together that may be a product of variables: `ac` is not `AC`, and `ab` is `a/(1/b)`.

A word of two letters (`no`, `up`) is none; nor is a run of three that do not follow each other in the alphabet.
"""

import re

_PAIR = re.compile(r"[A-Za-z]{2}")
_WORDS = frozenset(
    [
        "ah", "am", "an", "as", "at", "be", "by", "do", "eh", "go", "ha", "he", "hi", "if", "in", "is", "it", "me",
        "my", "no", "of", "oh", "ok", "on", "or", "ox", "pi", "so", "to", "up", "us", "we", "ye", "yo", "eu", "pc",
        "pm", "tv", "uk", "un", "oo",
    ]
)  # fmt: skip
_SIGNED = re.compile(r"[\^*/+]|\\(?:frac|cdot|times|sqrt)(?![a-z])")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def is_product(text: str) -> bool:
    """Tell whether letters are more likely variables side by side than a word."""
    small = text.lower()
    if _PAIR.fullmatch(text):
        return small not in _WORDS
    return len(text) == 3 and small in _ALPHABET and text in (small, small.upper())


def spelled_out(one: str, other: str) -> tuple[str, str]:
    r"""Return both with the signs of a product (`a \cdot b`) where one alone is a run of letters, beside a formula."""
    return _spelled(one, other), _spelled(other, one)


def _spelled(text: str, beside: str) -> str:
    return r" \cdot ".join(text) if is_product(text) and _SIGNED.search(beside) else text
