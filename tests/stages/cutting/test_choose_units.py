import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.cutting.choose_units import by_percentile, chunks, exactly, share

RATIOS = (0.9, 0.8, 0.7, 0.6, 0.5)
KEPT = Path(__file__).with_name("llmlingua_kept.json")
"""What the llmlingua package (0.2.2) gave five texts' words, and which it kept (benchmarks/load/peer_llmlingua.py)."""


@given(st.lists(st.floats(0, 1), max_size=60), st.floats(0.01, 1))
def test_exactly_the_asked_share_is_kept_whatever_the_ties(scores: list[float], ratio: float) -> None:
    kept = exactly(scores, ratio, [False] * len(scores)).keep

    assert sum(kept) == share(len(scores), ratio)


@pytest.mark.parametrize("ratio", RATIOS)
def test_equal_scores_keep_the_share_by_position(ratio: float) -> None:
    kept = exactly([0.5] * 150, ratio, [False] * 150).keep

    assert not any(later and not earlier for earlier, later in pairwise(kept))
    assert sum(kept) == round(150 * ratio)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60), st.floats(0.01, 1))
def test_the_protected_survive_and_an_unreachable_ratio_is_told(units: list[tuple[float, bool]], ratio: float) -> None:
    scores, protected = [score for score, _ in units], [held for _, held in units]
    choice = exactly(scores, ratio, protected)

    assert all(kept for kept, held in zip(choice.keep, protected, strict=True) if held)
    assert choice.reachable == (sum(protected) <= share(len(units), ratio))
    assert sum(choice.keep) == max(sum(protected), share(len(units), ratio))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.floats(0.01, 1))
def test_the_lowest_kept_score_is_not_below_the_highest_left_out(scores: list[float], ratio: float) -> None:
    kept = exactly(scores, ratio, [False] * len(scores)).keep
    inside = [score for score, there in zip(scores, kept, strict=True) if there]
    outside = [score for score, there in zip(scores, kept, strict=True) if not there]

    assert min(inside) >= max(outside, default=0)


def test_the_percentile_rule_keeps_what_the_reference_keeps() -> None:
    distinct = [at / 150 for at in range(150)]
    kept = [sum(by_percentile(distinct, [1] * 150, ratio).keep) / 150 for ratio in RATIOS]

    assert kept == pytest.approx([0.9, 0.8, 0.687, 0.587, 0.493], abs=5e-4)


@pytest.mark.parametrize("text", json.loads(KEPT.read_text()))
def test_the_percentile_rule_keeps_the_words_that_the_llmlingua_package_kept(text: dict[str, Any]) -> None:
    for ratio, kept in text["kept"].items():
        found = by_percentile(text["scores"], text["tokens"], float(ratio)).keep
        assert "".join("01"[it] for it in found) == kept


def test_the_percentile_rule_keeps_nothing_of_equal_scores() -> None:
    assert not any(by_percentile([0.5] * 150, [1] * 150, 0.5).keep)
    assert all(by_percentile([1.0] * 150, [1] * 150, 0.5).keep)


def test_the_percentile_rule_keeps_nothing_of_units_without_tokens() -> None:
    assert by_percentile([0.9, 0.1], [0, 0], 0.5).keep == (False, False)
    assert by_percentile([], [], 0.5).keep == ()


def test_the_percentile_counts_a_unit_once_a_token() -> None:
    scores, tokens = [0.9, 0.1, 0.2, 0.3], [10, 1, 1, 1]

    assert by_percentile(scores, tokens, 0.5).keep == (False, False, False, False)
    assert by_percentile(scores, [1] * 4, 0.5).keep == (True, False, False, True)


def test_chunks_end_at_sentences_where_they_can_and_hold_every_unit_once() -> None:
    ends = [at % 4 == 3 for at in range(20)]
    found = chunks([1] * 20, ends, 6)

    assert [range(20)[chunk] for chunk in found] == [range(at, at + 4) for at in range(0, 20, 4)]
    assert [range(9)[chunk] for chunk in chunks([1] * 9, [False] * 9, 4)] == [range(4), range(4, 8), range(8, 9)]
