from stages.asking.left import left


def test_a_row_that_leaves_keeps_what_it_is_and_says_why_and_what_it_cost() -> None:
    row = {"problem_id": "a", "spent_tokens": 5}

    told = left(row, "too_long", "700 tokens", spent=7)

    assert told == {"problem_id": "a", "spent_tokens": 12, "dropped": "too_long", "detail": "700 tokens"}
    assert row == {"problem_id": "a", "spent_tokens": 5}


def test_a_row_without_cost_or_detail_leaves_with_none_of_them() -> None:
    assert left({"spent_tokens": None}, "no_answer") == {"spent_tokens": 0, "dropped": "no_answer", "detail": None}
