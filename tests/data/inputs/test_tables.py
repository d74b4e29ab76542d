from data.columns import QUESTION, SAMPLE
from data.inputs.tables import MAX_CHARACTERS, MAX_ROWS, in_tables

FIELDS = (QUESTION, SAMPLE)


def test_tables_are_bounded_in_rows_and_keep_their_order() -> None:
    tables = list(in_tables(([{"question": "q", "sample": n}] for n in range(5000)), FIELDS))

    assert [table.num_rows for table in tables] == [MAX_ROWS, MAX_ROWS, 5000 - 2 * MAX_ROWS]
    assert [n for table in tables for n in table["sample"].to_pylist()] == list(range(5000))


def test_tables_are_bounded_in_text() -> None:
    text = "x" * (MAX_CHARACTERS // 3)

    tables = list(in_tables(([{"question": text}] for _ in range(7)), FIELDS))

    assert [table.num_rows for table in tables] == [3, 3, 1]


def test_a_group_is_never_cut() -> None:
    group = [{"question": "q", "sample": n} for n in range(MAX_ROWS - 1)]

    assert [table.num_rows for table in in_tables([group, group, group + group], FIELDS)] == [
        MAX_ROWS - 1,
        MAX_ROWS - 1,
        2 * MAX_ROWS - 2,
    ]


def test_no_rows_make_no_table() -> None:
    assert list(in_tables([], FIELDS)) == []
