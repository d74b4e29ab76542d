"""The interval of a mean over problems by drawing the problems again, seeded."""

from collections.abc import Sequence

import numpy as np

RESAMPLES = 10_000
DRAWN_AT_ONCE = 1 << 22
"""Numbers drawn at once, so that memory stays bounded however many problems there are."""


def mean_interval(differences: Sequence[float], seed: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the 95% percentile interval of the mean of at least one paired difference."""
    values = np.asarray(differences, dtype=np.float64)
    rng = np.random.default_rng(seed)
    at_once = max(1, DRAWN_AT_ONCE // len(values))
    means = [
        values[rng.integers(0, len(values), (min(at_once, resamples - done), len(values)))].mean(axis=1)
        for done in range(0, resamples, at_once)
    ]
    low, high = np.quantile(np.concatenate(means), (0.025, 0.975))
    return float(low), float(high)
