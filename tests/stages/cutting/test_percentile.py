import json
from pathlib import Path
from typing import Any

import pytest

from stages.cutting.percentile import Force, by_percentile, chunks, kept_of

RATIOS = (0.9, 0.8, 0.7, 0.6, 0.5)
KEPT = Path(__file__).with_name("llmlingua_kept.json")
"""What the llmlingua package (0.2.2) gave five texts' words, and which it kept (benchmarks/load/peer_llmlingua.py)."""
FORCED = Path(__file__).with_name("llmlingua_forced.json")
"""The same of two texts with its options: scores before any word was forced, tokens by a count of our own."""


def test_the_percentile_rule_keeps_what_the_reference_keeps() -> None:
    distinct = [at / 150 for at in range(150)]
    kept = [sum(by_percentile(distinct, [1] * 150, ratio)) / 150 for ratio in RATIOS]

    assert kept == pytest.approx([0.9, 0.8, 0.687, 0.587, 0.493], abs=5e-4)


@pytest.mark.parametrize("text", json.loads(KEPT.read_text()))
def test_the_percentile_rule_keeps_the_words_that_the_llmlingua_package_kept(text: dict[str, Any]) -> None:
    for ratio, kept in text["kept"].items():
        found = by_percentile(text["scores"], text["tokens"], float(ratio))
        assert "".join("01"[it] for it in found) == kept


def test_the_percentile_rule_keeps_nothing_of_equal_scores() -> None:
    assert not any(by_percentile([0.5] * 150, [1] * 150, 0.5))
    assert all(by_percentile([1.0] * 150, [1] * 150, 0.5))


def test_the_percentile_rule_keeps_nothing_of_units_without_tokens() -> None:
    assert by_percentile([0.9, 0.1], [0, 0], 0.5) == (False, False)
    assert by_percentile([], [], 0.5) == ()


def test_the_percentile_counts_a_unit_once_a_token() -> None:
    scores, tokens = [0.9, 0.1, 0.2, 0.3], [10, 1, 1, 1]

    assert by_percentile(scores, tokens, 0.5) == (False, False, False, False)
    assert by_percentile(scores, [1] * 4, 0.5) == (True, False, False, True)


def test_chunks_end_at_sentences_where_they_can_and_hold_every_unit_once() -> None:
    ends = [at % 4 == 3 for at in range(20)]
    found = chunks([1] * 20, ends, 6)

    assert [range(20)[chunk] for chunk in found] == [range(at, at + 4) for at in range(0, 20, 4)]
    assert [range(9)[chunk] for chunk in chunks([1] * 9, [False] * 9, 4)] == [range(4), range(4, 8), range(8, 9)]


WORDS = ["Step", "1", ":", "so", ":", "we", "Step", "Step", "add", "2"]
SCORES = [0.1, 0.2, 0.3, 0.9, 0.3, 0.8, 0.1, 0.1, 0.7, 0.2]


def kept(ratio: float, **options: Any) -> list[str]:
    keep = kept_of(WORDS, SCORES, [1] * len(WORDS), ratio, Force(**options))
    return [word for word, stays in zip(WORDS, keep, strict=True) if stays]


def test_without_options_the_rule_is_the_percentile_alone() -> None:
    assert kept_of(WORDS, SCORES, [1] * 10, 0.3, Force()) == by_percentile(SCORES, [1] * 10, 0.3)


def test_forced_words_count_as_certain() -> None:
    assert {"Step", ":"} <= set(kept(0.6, force_tokens=("Step", ":")))
    assert kept(0.6, force_tokens=("Step",)).count("Step") == 3


def test_words_with_a_digit_count_as_certain() -> None:
    assert {"1", "2"} <= set(kept(0.4, force_reserve_digit=True))


def test_digits_beyond_the_ratio_leave_no_room_and_the_ratio_is_missed() -> None:
    words, scores = ["1", "2", "3", "so"], [0.1, 0.1, 0.1, 0.9]

    assert kept_of(words, scores, [1] * 4, 0.5, Force(force_reserve_digit=True)) == (True, True, True, False)


def test_a_forced_word_that_follows_itself_goes() -> None:
    forced = {"force_tokens": ("Step", ":"), "drop_consecutive": True}

    assert kept(0.6, **forced).count("Step") == 2
    assert kept(0.6, **forced).count(":") == 2


def test_no_words_are_no_error() -> None:
    assert kept_of([], [], [], 0.5, Force(force_tokens=("a",), drop_consecutive=True)) == ()


@pytest.mark.parametrize("text", json.loads(FORCED.read_text()))
def test_the_options_keep_the_words_that_the_llmlingua_package_kept(text: dict[str, Any]) -> None:
    told = text["options"]
    force = Force(**{**told, "force_tokens": tuple(told.get("force_tokens", ()))})
    keep = kept_of(text["words"], text["scores"], text["tokens"], text["rate"], force)

    assert "".join("01"[stays] for stays in keep) == text["kept"]
