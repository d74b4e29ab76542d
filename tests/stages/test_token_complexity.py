from typing import Any

import pyarrow as pa

from data.columns import FINISH_REASON, PROBLEM_ID, REPLY_TOKENS, VERDICT
from data.table import from_rows
from stages.choosing.token_complexity import LabelTokenComplexity


def labelled(*traces: tuple[str, int | None, str, str | None]) -> list[Any]:
    fields = [PROBLEM_ID, REPLY_TOKENS, VERDICT, FINISH_REASON]
    names = [field.name for field in fields]
    rows = from_rows((dict(zip(names, trace, strict=True)) for trace in traces), fields)
    return list(LabelTokenComplexity()(rows).column("token_complexity").to_pylist())


def test_is_the_fewest_tokens_of_a_correct_whole_reply_to_the_problem() -> None:
    found = labelled(
        ("a", 90, "correct", "stop"),
        ("a", 40, "correct", "stop"),
        ("a", 10, "incorrect", "stop"),
        ("a", 20, "correct", "length"),
        ("a", 5, "undecided", "cancelled"),
        ("b", 30, "correct", None),
    )

    assert found == [40] * 5 + [30]


def test_a_problem_that_no_prompt_solved_has_none() -> None:
    assert labelled(("a", 90, "incorrect", "stop"), ("a", None, "undecided", "stop")) == [None, None]


def test_takes_no_rows() -> None:
    assert labelled() == []
    assert pa.types.is_int64(LabelTokenComplexity.writes[0].type)
