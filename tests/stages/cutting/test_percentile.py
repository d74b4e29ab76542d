import json
from pathlib import Path
from typing import Any

import pytest

from stages.cutting.percentile import Force, by_percentile, chunks, kept_of

RATIOS = (0.9, 0.8, 0.7, 0.6, 0.5)
KEPT = Path(__file__).with_name("llmlingua_kept.json")
"""What the llmlingua package (0.2.2) gave five texts' words, and which it kept (benchmarks/load/peer_llmlingua.py)."""


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
