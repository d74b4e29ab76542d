"""Which units of a text are kept, from their scores and the share that is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Choice:
    """A unit each: whether it is kept."""

    keep: tuple[bool, ...]
    reachable: bool = True
    """False where more units are protected than may be kept: then those are kept and no other."""


def share(count: int, ratio: float) -> int:
    """Return how many of `count` units the ratio asks for: rounded half up, at least one of any."""
    return min(count, max(1, int(ratio * count + 0.5))) if count else 0


def exactly(scores: Sequence[float], ratio: float, protected: Sequence[bool]) -> Choice:
    """Keep the asked share: protected units first, then the highest scores, earlier ones first among equals."""
    wanted = share(len(scores), ratio)
    order = sorted(range(len(scores)), key=lambda at: (not protected[at], -scores[at], at))
    kept = set(order[: max(wanted, sum(protected))])
    return Choice(tuple(at in kept for at in range(len(scores))), sum(protected) <= wanted)


def by_percentile(scores: Sequence[float], tokens: Sequence[int], ratio: float) -> Choice:
    """Keep what LLMLingua-2 (v0.2.2) would: units above a percentile of the scores, each counted once a token.

    The percentile is a whole number one above the share to leave out, with the rounding of its float arithmetic, and
    only units strictly above it stay; so equal scores leave nothing, and 0.7 keeps 0.687 of 150 units. Kept for
    comparison with published behaviour.
    """
    if not sum(tokens):
        return Choice((False,) * len(scores))
    threshold = float(np.percentile(np.repeat(scores, tokens), int(100 * (1 - ratio) + 1)))
    return Choice(tuple(score > threshold or (threshold == 1.0 and score == threshold) for score in scores))


def chunks(tokens: Sequence[int], ends: Sequence[bool], most: int) -> list[slice]:
    """Cut units into chunks of at most `most` tokens, at the last unit that ends a sentence where there is one."""
    found, begin = [], 0
    while begin < len(tokens):
        end = begin + 1
        while end < len(tokens) and sum(tokens[begin : end + 1]) <= most:
            end += 1
        at = next((at for at in range(end, begin, -1) if ends[at - 1]), end) if end < len(tokens) else end
        found.append(slice(begin, at))
        begin = at
    return found
