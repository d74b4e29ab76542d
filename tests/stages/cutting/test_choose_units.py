from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.cutting.choose_units import TOLERANCE, exactly, share

RATIOS = (0.9, 0.8, 0.7, 0.6, 0.5)
SCORES = st.floats(0, 1)
UNITS = st.tuples(SCORES, st.integers(1, 9), st.booleans())


@given(st.lists(SCORES, max_size=60), st.floats(0.01, 1))
def test_exactly_the_asked_share_of_small_units_is_kept_whatever_the_ties(scores: list[float], ratio: float) -> None:
    choice = exactly(scores, [1] * len(scores), ratio, [False] * len(scores))

    assert sum(choice.keep) == share(len(scores), ratio)
    assert choice.reachable


@pytest.mark.parametrize("ratio", RATIOS)
def test_equal_scores_keep_the_share_by_position(ratio: float) -> None:
    kept = exactly([0.5] * 150, [1] * 150, ratio, [False] * 150).keep

    assert not any(later and not earlier for earlier, later in pairwise(kept))
    assert sum(kept) == round(150 * ratio)


@given(st.lists(UNITS, min_size=1, max_size=60), st.floats(0.01, 1))
def test_the_protected_survive_and_a_share_that_is_missed_is_unreachable(
    units: list[tuple[float, int, bool]], ratio: float
) -> None:
    scores, sizes, protected = (list(column) for column in zip(*units, strict=True))
    choice = exactly(scores, sizes, ratio, protected)
    kept = sum(size for size, stays in zip(sizes, choice.keep, strict=True) if stays)

    assert all(stays for stays, held in zip(choice.keep, protected, strict=True) if held)
    assert choice.reachable == (abs(kept - share(sum(sizes), ratio)) <= 1 + TOLERANCE * sum(sizes))


@given(st.lists(SCORES, min_size=1, max_size=40), st.floats(0.01, 1))
def test_the_lowest_kept_score_is_not_below_the_highest_left_out(scores: list[float], ratio: float) -> None:
    kept = exactly(scores, [1] * len(scores), ratio, [False] * len(scores)).keep
    inside = [score for score, there in zip(scores, kept, strict=True) if there]
    outside = [score for score, there in zip(scores, kept, strict=True) if not there]

    assert min(inside) >= max(outside, default=0)


def test_the_share_is_counted_in_small_units_not_in_large_ones() -> None:
    assert exactly([0.9, 0.1, 0.2, 0.3, 0.4], [4, 1, 1, 1, 1], 0.5, [False] * 5).keep == (True, *[False] * 4)


def test_a_unit_too_large_for_what_is_free_gives_way_to_smaller_ones() -> None:
    assert exactly([0.9, 0.1, 0.2, 0.3], [4, 1, 1, 1], 0.4, [False] * 4).keep == (False, True, True, True)


def test_where_filling_misses_the_share_units_are_given_up_instead() -> None:
    scores, sizes = [0.5, 0.5, 0.9, 0.1], [5, 30, 60, 5]

    assert exactly(scores, sizes, 0.95, [False] * 4).keep == (True, True, True, False)


def test_one_unit_alone_reaches_no_share_between() -> None:
    assert not exactly([0.5], [40], 0.5, [False]).reachable
    assert exactly([], [], 0.5, []).keep == ()
