"""The rule of LLMLingua-2's code (v0.2.2), for comparison with what was published: words above a percentile.

Its options have the names they have there. It reaches a ratio only roughly, and protects nothing of itself.
"""

import re
from collections.abc import Sequence

import numpy as np

from data.spec import spec

CHUNK_TOKENS = 510
"""The percentile is applied to chunks of at most so many tokens."""
_DIGIT = re.compile(r"\d")


@spec
class Force:
    """What the rule is told besides scores."""

    force_tokens: tuple[str, ...] = ()
    """Words that count as certain, such as `Step` and `:`."""
    force_reserve_digit: bool = False
    """Whether words with a digit count as certain."""
    drop_consecutive: bool = False
    """Whether a forced word goes that follows itself with nothing above the percentile between."""

    def scored(self, words: Sequence[str], scores: Sequence[float], ratio: float) -> list[float]:
        """Return the scores of a chunk's words with these options."""
        forced = [
            1.0 if word in self.force_tokens or (self.force_reserve_digit and _DIGIT.search(word)) else score
            for word, score in zip(words, scores, strict=True)
        ]
        return self._without_repeats(words, forced, ratio) if self.drop_consecutive and forced else forced

    def _without_repeats(self, words: Sequence[str], scores: list[float], ratio: float) -> list[float]:
        threshold = float(np.percentile(scores, int(100 * (1 - ratio))))
        last, between = "", False
        for at, (word, score) in enumerate(zip(words, scores, strict=True)):
            if word not in self.force_tokens:
                between = between or score > threshold
                continue
            if word == last and not between:
                scores[at] = 0.0
            last, between = word, False
        return scores


def kept_of(
    words: Sequence[str], scores: Sequence[float], tokens: Sequence[int], ratio: float, force: Force
) -> tuple[bool, ...]:
    """Tell of each word of a chunk whether the rule keeps it."""
    scores = force.scored(words, scores, ratio)
    keep = list(by_percentile(scores, tokens, ratio))
    if not force.drop_consecutive:
        return tuple(keep)
    last = ""
    for at, word in enumerate(words):
        if keep[at]:
            keep[at] = not (word in force.force_tokens and word == last)
            last = word
    return tuple(keep)


def by_percentile(scores: Sequence[float], tokens: Sequence[int], ratio: float) -> tuple[bool, ...]:
    """Tell of each word whether it scores above a percentile of the scores, each counted once a token.

    The percentile is a whole number one above the share to leave out, with the rounding of its float arithmetic, and
    only what is strictly above it stays; so equal scores leave nothing, and 0.7 keeps 0.687 of 150 words.
    """
    if not sum(tokens):
        return (False,) * len(scores)
    threshold = float(np.percentile(np.repeat(scores, tokens), int(100 * (1 - ratio) + 1)))
    return tuple(score > threshold or (threshold == 1.0 and score == threshold) for score in scores)


def chunks(tokens: Sequence[int], ends: Sequence[bool], most: int) -> list[slice]:
    """Cut words into chunks of at most `most` tokens, at the last word that ends a sentence where there is one."""
    found, begin = [], 0
    while begin < len(tokens):
        end, size = begin + 1, tokens[begin]
        while end < len(tokens) and size + tokens[end] <= most:
            size += tokens[end]
            end += 1
        at = next((at for at in range(end, begin, -1) if ends[at - 1]), end) if end < len(tokens) else end
        found.append(slice(begin, at))
        begin = at
    return found
