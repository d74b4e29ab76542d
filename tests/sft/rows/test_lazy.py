import pyarrow as pa
import pytest

from data.table import Row
from sft.rows.lazy import BLOCK, Picked, TableRows, changed

COUNT = 2 * BLOCK + 7
ROWS = TableRows(pa.table({"at": list(range(COUNT))}))


def test_rows_of_a_table_are_those_of_its_list_from_either_end() -> None:
    assert [row["at"] for row in ROWS] == list(range(COUNT))
    assert [ROWS[at]["at"] for at in (0, BLOCK, BLOCK - 1, COUNT - 1, -1, -COUNT)] == [
        0, BLOCK, BLOCK - 1, COUNT - 1, COUNT - 1, 0,
    ]  # fmt: skip
    assert ROWS[3:5] == [{"at": 3}, {"at": 4}]
    for beyond in (COUNT, -COUNT - 1):
        with pytest.raises(IndexError):
            ROWS[beyond]


def test_a_choice_keeps_its_own_order_and_changes_rows_on_their_way() -> None:
    picked = Picked(ROWS, [5, 2, 5], lambda number, row: {**row, "number": number})

    assert picked == [{"at": 5, "number": 5}, {"at": 2, "number": 2}, {"at": 5, "number": 5}]
    assert Picked(picked, [1]) == [{"at": 2, "number": 2}]
    assert ROWS[5] == {"at": 5}


def test_rows_are_changed_only_when_somebody_looks() -> None:
    seen = list[int]()

    def look(number: int, row: Row) -> Row:
        seen.append(number)
        return row

    rows = changed(ROWS, look)

    assert len(rows) == COUNT
    assert seen == []
    assert rows[4] == {"at": 4}
    assert seen == [4]
