from typing import Any

import pytest

from data.inputs.paths import MISSING, find

ROW = {
    "question": "q",
    "a.b": "dotted",
    "a": {"b": "deep", "c": None},
    "messages": [{"content": "first"}, {"content": "second"}],
    "lists": [[1], [2]],
}


@pytest.mark.parametrize(
    ("column", "found"),
    [
        ("question", "q"),
        ("a.b", "dotted"),
        ("a.c", None),
        ("messages.content", ["first", "second"]),
        ("messages.1.content", "second"),
        ("lists.1.0", 2),
        ("missing", MISSING),
        ("a.missing", MISSING),
        ("question.deeper", MISSING),
        ("messages.2.content", MISSING),
        ("messages.missing", [MISSING, MISSING]),
        ("lists.deeper", [MISSING, MISSING]),
        ("", MISSING),
    ],
)
def test_finds_a_column_however_deep(column: str, found: Any) -> None:
    assert find(ROW, column) == found


def test_takes_no_path_down_a_nest_of_lists() -> None:
    nest: Any = []
    for _ in range(5000):
        nest = [nest]

    assert find({"r": nest}, "r.text") == [MISSING]
