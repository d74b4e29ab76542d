from itertools import combinations
from statistics import fmean

import pytest

from pipelines.measure.proportions import mcnemar, pass_at, wilson


@pytest.mark.parametrize(
    ("hits", "n", "interval"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (20, 20, (0.8389, 1.0000)),
    ],
)
def test_wilson_gives_the_published_intervals(hits: int, n: int, interval: tuple[float, float]) -> None:
    assert wilson(hits / n, n) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 5, 2 / 2**5),
        (1, 9, 2 * (1 + 10) / 2**10),
        (2, 8, 2 * (1 + 10 + 45) / 2**10),
        (3, 3, 1.0),
    ],
)
def test_mcnemar_counts_the_tails_of_fair_coins(one: int, other: int, p: float) -> None:
    assert mcnemar(one, other) == mcnemar(other, one) == pytest.approx(p)


def test_mcnemar_takes_more_problems_than_a_float_can_count() -> None:
    assert mcnemar(2000, 2000) == 1.0
    assert mcnemar(1900, 2100) == pytest.approx(0.0016, abs=2e-4)
    assert 0.0 <= mcnemar(0, 5000) < 1e-300


@pytest.mark.parametrize(("samples", "correct"), [(1, 0), (5, 0), (5, 2), (6, 3), (6, 6)])
def test_pass_at_k_is_the_share_of_all_draws_with_a_correct_one(samples: int, correct: int) -> None:
    replies = [place < correct for place in range(samples)]

    for k in range(1, samples + 1):
        assert pass_at(k, samples, correct) == pytest.approx(fmean(map(any, combinations(replies, k))))


def test_none_and_all_right_are_the_ends_of_their_intervals_exactly() -> None:
    assert all(wilson(0.0, n)[0] == 0.0 and wilson(1.0, n)[1] == 1.0 for n in range(1, 3000))
