import pyarrow as pa
import pytest

from data.columns import DROPPED
from data.table import values
from stages.choosing.keep import DropRepeats, KeepVerified


@pytest.mark.parametrize(
    ("verdict", "reason", "finish", "dropped"),
    [
        ("correct", "", "stop", None),
        ("correct", "", None, None),
        ("correct", "", "length", "truncated"),
        ("undecided", "truncated", "length", "truncated"),
        ("undecided", "cancelled", "cancelled", "cancelled"),
        ("undecided", "timeout", "stop", "undecided_timeout"),
        ("incorrect", "", "stop", "incorrect"),
    ],
)
def test_only_correct_whole_traces_stay(verdict: str, reason: str, finish: str | None, dropped: str | None) -> None:
    rows = pa.table(
        {"verdict": [verdict], "verdict_reason": [reason], "finish_reason": pa.array([finish], pa.string())}
    )

    assert values(KeepVerified()(rows), DROPPED) == [dropped]


def test_an_equal_reply_is_a_repeat_only_for_the_same_problem() -> None:
    rows = pa.table({"problem_id": ["a", "a", "b"], "reply": ["x", "x", "x"]})

    assert values(DropRepeats()(rows), DROPPED) == [None, "repeated", None]


@pytest.mark.parametrize("stage", [KeepVerified(), DropRepeats()])
def test_takes_zero_rows(stage: KeepVerified | DropRepeats) -> None:
    rows = pa.schema([pa.field(f.name, f.type) for f in stage.reads]).empty_table()

    assert stage(rows).num_rows == 0
