from math import sqrt

import numpy as np
import pytest

from pipelines.measure import bootstrap
from pipelines.measure.bootstrap import mean_interval


def test_equal_differences_leave_no_doubt() -> None:
    assert mean_interval([-3.0] * 7, seed=1) == (-3.0, -3.0)


def test_agrees_with_the_normal_interval_on_many_problems() -> None:
    values = np.random.default_rng(5).normal(2.0, 3.0, 2000)
    half = 1.96 * values.std(ddof=1) / sqrt(len(values))

    low, high = mean_interval(values.tolist(), seed=0)

    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_two_values_give_their_own_binomial() -> None:
    assert mean_interval([0.0, 1.0], seed=0) == (0.0, 1.0), "each end has a quarter of the draws"


def test_the_seed_decides() -> None:
    values = [float(n * n % 17) for n in range(40)]

    assert mean_interval(values, seed=3) == mean_interval(values, seed=3) != mean_interval(values, seed=4)


def test_many_problems_are_drawn_in_pieces_and_all_draws_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [float(n % 10) for n in range(100)]
    at_once = mean_interval(values, seed=0)
    monkeypatch.setattr(bootstrap, "DRAWN_AT_ONCE", 1000)

    assert mean_interval(values, seed=0) == at_once, "the same numbers, drawn in another number of calls"
