import pyarrow as pa

from data.columns import DETAIL, DROPPED, GOLD, QUESTION
from data.table import conform, drop, from_rows, split_dropped, values, with_column

ROWS = pa.table({"question": ["a", "b", "c"]})


def test_dropped_rows_leave_with_their_reason() -> None:
    stay, gone = split_dropped(drop(ROWS, [None, "incorrect", None], [None, "12 is not 13", None]))

    assert values(stay, QUESTION) == ["a", "c"]
    assert DROPPED.name not in stay.column_names
    assert gone.to_pylist() == [{"question": "b", "dropped": "incorrect", "detail": "12 is not 13"}]


def test_nothing_is_dropped_without_a_reason() -> None:
    stay, gone = split_dropped(ROWS)

    assert stay.equals(ROWS)
    assert gone.num_rows == 0


def test_setting_a_column_leaves_the_table_as_it_was() -> None:
    changed = with_column(ROWS, QUESTION, ["x", "y", "z"])

    assert values(changed, QUESTION) == ["x", "y", "z"]
    assert values(ROWS, QUESTION) == ["a", "b", "c"]


def test_conform_fills_reorders_and_leaves_out() -> None:
    rows = pa.table({"extra": [1], "question": ["a"]})

    assert conform(rows, (GOLD, QUESTION)).to_pylist() == [{"gold": None, "question": "a"}]


def test_rows_without_a_field_hold_null() -> None:
    assert from_rows([{"question": "a"}], (QUESTION, DETAIL)).to_pylist() == [{"question": "a", "detail": None}]
