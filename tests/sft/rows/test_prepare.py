from typing import Any

import pytest

from data.errors import ConfigError
from sft.rows.prepare import Fit
from tests.sft.small import prepared_of, row


def test_training_rows_come_first_and_watched_rows_after_them(tokenizer: Any) -> None:
    found = prepared_of([row(1), row(2)], tokenizer, Fit(500, "refuse"), [row(3)])

    assert (list(found.train), list(found.held_out)) == ([0, 1], [2])
    assert "3 + 1" in tokenizer.decode(found.tokens[2][0])
    assert [len(found.tokens[at][1]) for at in range(3)] == found.tokens.lengths.tolist()


def test_rows_over_the_context_are_refused_with_their_count_and_the_first_of_them(tokenizer: Any) -> None:
    rows = [row(number, length=20) for number in range(8)]

    with pytest.raises(ConfigError, match=r"8 rows are over the context of 100 tokens: p000-20 \(\d+\).* and 3 more"):
        prepared_of([row(9), *rows], tokenizer, Fit(100, "refuse"), [])


def test_rows_over_the_context_are_dropped_and_counted(tokenizer: Any) -> None:
    found = prepared_of([row(9), row(1, length=20)], tokenizer, Fit(100, "drop"), [row(2, length=20)])

    assert (len(found.train), len(found.held_out)) == (1, 0)
    assert found.dropped == {"over_context": 2}


def test_no_row_is_ever_cut(tokenizer: Any) -> None:
    found = prepared_of([row(1)], tokenizer, Fit(100, "drop"), [])

    assert found.tokens[0][0][-1] == tokenizer.eos_token_id


@pytest.mark.parametrize(
    ("rows", "unit", "told"),
    [
        ([row(1, length=20)], 1, "all 1 are over the context of 100 tokens"),
        ([row(1), row(1, length=20)], 2, "each of the 1 pairs has a row over the context of 100 tokens"),
        ([], 1, "none was given"),
    ],
)
def test_no_row_to_train_is_refused_with_what_is_so(
    tokenizer: Any, rows: list[dict[str, Any]], unit: int, told: str
) -> None:
    with pytest.raises(ConfigError, match=f"no row is left to train: {told}"):
        prepared_of(rows, tokenizer, Fit(100, "drop"), [], unit=unit)


WRONG = row(1, segments=[{"text": "else", "role": "assistant", "kind": "cot", "train": True, "weight": 1.0}])


def test_every_kind_of_fault_is_told_at_once_where_none_may_be_dropped(tokenizer: Any) -> None:
    rows = [row(2, length=20), WRONG, row(3, completion=[])]

    with pytest.raises(ConfigError) as told:
        prepared_of(rows, tokenizer, Fit(100, "refuse", "refuse"), [])

    assert [any(part in fault for fault in told.value.faults) for part in ("over the context", "joined", "one assis")]
    assert len(told.value.faults) == 3


def test_rows_that_cannot_be_trained_are_left_out_and_counted_by_reason(tokenizer: Any) -> None:
    rows = [row(2), WRONG, row(3, completion=[]), row(4, completion=[])]

    found = prepared_of(rows, tokenizer, Fit(500), [WRONG])

    assert (len(found.train), len(found.held_out)) == (1, 0)
    assert found.dropped == {"segments": 2, "no_turn": 2}


def test_where_all_are_left_out_the_reasons_are_told_with_the_first_row(tokenizer: Any) -> None:
    with pytest.raises(ConfigError, match=r"2 no_turn, 1 segments of 3 rows; the first, .*: its segments, joined"):
        prepared_of([WRONG, row(3, completion=[]), row(4, completion=[])], tokenizer, Fit(500), [])


def test_a_pair_that_lacks_one_goes_as_a_whole(tokenizer: Any) -> None:
    rows = [row(1), row(1, length=3), row(2), WRONG, row(3), row(3, length=2)]

    found = prepared_of(rows, tokenizer, Fit(500), [], unit=2)

    assert len(found.train) == 4
    assert found.dropped == {"segments": 1}
