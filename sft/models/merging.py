"""Rules by which models of one family become one, as functions of flat float32 tensors.

Each rule but slerp works number by number, so a tensor can be merged slice by slice; what must be known of a whole
tensor before (an angle, a threshold) has a function of its own, which reads its slices and keeps a few numbers.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence

import torch

PARALLEL = 0.9995
"""Cosine above which two tensors are taken for parallel: the arc divides by the sine of their angle."""

Slices = Callable[[], Iterable[torch.Tensor]]
"""Gives the slices of a tensor, anew each time it is called."""


def mean(tensors: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    """Return the weighted mean (model soups, Wortsman et al. 2022); the weights count as shares of their sum."""
    return weighted_sum(tensors, weights) / sum(weights)


def weighted_sum(tensors: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    """Return the sum, each tensor times its weight: of task vectors, task arithmetic (Ilharco et al. 2023)."""
    total = torch.zeros_like(tensors[0])
    for tensor, weight in zip(tensors, weights, strict=True):
        total.add_(tensor, alpha=weight)
    return total


def cosine(pairs: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> float | None:
    """Return the cosine of the angle between two tensors, given in slices; None where one of them is zero."""
    dot = ours = theirs = 0.0
    for one, other in pairs:
        dot += float(one.double() @ other.double())
        ours += float(one.double().square().sum())
        theirs += float(other.double().square().sum())
    return max(-1.0, min(1.0, dot / math.sqrt(ours * theirs))) if ours > 0 and theirs > 0 else None


def slerp(one: torch.Tensor, other: torch.Tensor, t: float, cos: float | None) -> torch.Tensor:
    """Return what lies at `t` (0: one, 1: other) on the arc between two tensors (Shoemake 1985; mergekit's `slerp`).

    A model's tensors are no unit vectors: the angle is that of their directions, and their lengths are mixed with them.
    Where they are parallel, or one is zero, it is the straight line.
    """
    if cos is None or abs(cos) > PARALLEL:
        return one * (1 - t) + other * t
    angle = math.acos(cos)
    return one * (math.sin((1 - t) * angle) / math.sin(angle)) + other * (math.sin(t * angle) / math.sin(angle))


def threshold(slices: Slices, keep: int) -> float:
    """Return the magnitude of the `keep`-th largest number of a tensor, exactly, without sorting or holding it.

    The bits of a float32 without its sign grow with it, so two counts find it: of their upper halves, then of the lower
    halves of those that share its upper one.
    """
    counts = torch.zeros(1 << 15, dtype=torch.int64)
    for piece in slices():
        counts += torch.bincount(_bits(piece) >> 16, minlength=1 << 15)
    upper, above = _nth(counts, keep)
    counts = torch.zeros(1 << 16, dtype=torch.int64)
    for piece in slices():
        bits = _bits(piece)
        counts += torch.bincount(bits[bits >> 16 == upper] & 0xFFFF, minlength=1 << 16)
    lower, _ = _nth(counts, keep - above)
    return float(torch.tensor((upper << 16) | lower, dtype=torch.int32).view(torch.float32))


def trim(delta: torch.Tensor, least: float) -> torch.Tensor:
    """Return the numbers of at least this magnitude, and zero for the others: the first step of TIES."""
    return torch.where(delta.abs() >= least, delta, 0.0)


def elected_mean(deltas: Sequence[torch.Tensor], weights: Sequence[float]) -> torch.Tensor:
    """Return the mean of those task vectors whose sign is the majority's, place by place (TIES, Yadav et al. 2023).

    The majority is one of mass: the sign of the weighted sum. What is zero has no say and no part in the mean.
    """
    sign = weighted_sum(deltas, weights).sign_()
    total, mass = torch.zeros_like(sign), torch.zeros_like(sign)
    for delta, weight in zip(deltas, weights, strict=True):
        agrees = (delta.sign() == sign) & (sign != 0)
        total.add_(torch.where(agrees, delta, 0.0), alpha=weight)
        mass.add_(agrees, alpha=weight)
    return total / mass.masked_fill_(mass == 0, 1.0)


def drop(delta: torch.Tensor, rate: float, generator: torch.Generator, *, rescale: bool = True) -> torch.Tensor:
    """Return a task vector with this share of its numbers, drawn at random, put to zero (DARE, Yu et al. 2024).

    What is left is divided by the share that is left, so that the expectation stays; unless `rescale` is False.
    """
    kept = torch.rand(delta.shape, generator=generator) >= rate
    return torch.where(kept, delta / (1 - rate) if rescale else delta, 0.0)


def generator_for(seed: int, model: int, name: str) -> torch.Generator:
    """Return the source of randomness for one tensor of one model, whatever else is merged, and in which order."""
    digest = hashlib.sha256(f"{seed}\n{model}\n{name}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7], "big"))


def _bits(piece: torch.Tensor) -> torch.Tensor:
    return piece.abs().contiguous().view(torch.int32)


def _nth(counts: torch.Tensor, keep: int) -> tuple[int, int]:
    """Return in which bucket the `keep`-th from the top lies, and how many lie in those above."""
    down = counts.flip(0).cumsum(0)
    place = int((down < keep).sum())
    return len(counts) - 1 - place, int(down[place - 1]) if place else 0
