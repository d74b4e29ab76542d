"""Which units of a text are kept, from their scores and the share that is asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TOLERANCE = 0.01
"""A share that is missed by no more than one small unit and this is reached."""


@dataclass(frozen=True)
class Choice:
    """A unit each: whether it is kept."""

    keep: tuple[bool, ...]
    reachable: bool = True
    """False where what is kept misses the share: too much is protected, or no unit is small enough to fit."""


def share(size: int, ratio: float) -> int:
    """Return how much of a size the ratio asks for: rounded half up, at least one of any."""
    return min(size, max(1, int(ratio * size + 0.5))) if size else 0


def exactly(scores: Sequence[float], sizes: Sequence[int], ratio: float, protected: Sequence[bool]) -> Choice:
    """Keep the asked share of all sizes: protected units first, then the highest scores, earlier ones among equals.

    Units are taken from the highest score on, one that is larger than what is still free being passed over; where that
    leaves room which no other fills, they are given up from the lowest score on instead, if that comes nearer.
    """
    wanted = share(sum(sizes), ratio)
    held = sum(size for size, stays in zip(sizes, protected, strict=True) if stays)
    order = [at for at in sorted(range(len(scores)), key=lambda at: (-scores[at], at)) if not protected[at]]
    taken, free = _filled(order, sizes, wanted - held)
    if free > 1:
        given_up, over = _filled(reversed(order), sizes, sum(sizes) - wanted)
        if over < free:
            taken, free = set(order) - given_up, over
    keep = tuple(stays or at in taken for at, stays in enumerate(protected))
    return Choice(keep, abs(free) <= 1 + TOLERANCE * sum(sizes))


def _filled(order: Iterable[int], sizes: Sequence[int], room: int) -> tuple[set[int], int]:
    """Return the units that fit into a room one after another, and how much of it stays free."""
    taken: set[int] = set()
    for at in order:
        if sizes[at] <= room:
            taken.add(at)
            room -= sizes[at]
    return taken, room
