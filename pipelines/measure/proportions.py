"""Shares and what may be said of them: an interval, a paired test, and pass@k."""

from math import comb, sqrt

Z95 = 1.959963984540054
"""Two-sided 95% of the normal distribution."""


def wilson(share: float, n: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's score interval of a share seen in `n` independent trials."""
    centre = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((centre + sign * spread) / (1 + z * z / n) for sign in (-1, 1))
    # At the ends the bounds are 0 and 1, which rounding would miss by a hair on either side.
    return 0.0 if share == 0 else max(0.0, low), 1.0 if share == 1 else min(1.0, high)


def mcnemar(only_one: int, only_other: int) -> float:
    """Return the two-sided exact p-value that two models are right equally often.

    Args:
        only_one: problems that one of them alone gets right.
        only_other: problems that the other alone gets right.
    """
    n = only_one + only_other
    tail = sum(comb(n, k) for k in range(min(only_one, only_other) + 1))
    return min(1.0, 2 * tail / (1 << n))


def pass_at(k: int, samples: int, correct: int) -> float:
    """Return the chance that one of `k` samples is correct, unbiased, from `samples` of which `correct` are."""
    return 1 - comb(samples - correct, k) / comb(samples, k)
