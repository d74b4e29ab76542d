"""Which tokens of a long text a shorter version kept: the labels of LLMLingua-2 (Pan et al. 2024, section 3.2).

The shorter version is walked through word by word, and each word looked for in the long one near the place of the one
before: onward first, then backward. What is found is kept; words of the shorter version's own are passed over.
"""

from collections.abc import Sequence

WINDOW = 60
"""How far from the place of the last word the next is looked for, in tokens."""


def kept_tokens(long: Sequence[str], short: Sequence[str], window: int = WINDOW) -> list[bool]:
    """Tell of each token of the long text whether the short one has it; blanks and case make no difference."""
    words = [token.strip().lower() for token in long]
    kept = [False] * len(words)
    at = 0
    for token in short:
        word = token.strip().lower()
        found = _nearest(words, kept, word, at, window) if word else None
        if found is not None:
            kept[found] = True
            at = found + 1
    return kept


def _nearest(words: Sequence[str], kept: Sequence[bool], word: str, at: int, window: int) -> int | None:
    onward = range(at, min(len(words), at + window))
    backward = range(at - 1, max(-1, at - 1 - window), -1)
    return next((place for place in (*onward, *backward) if words[place] == word and not kept[place]), None)
