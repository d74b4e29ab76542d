import pyarrow as pa
import pytest

from data.columns import GROUP, SPENT_TOKENS
from data.table import values
from stages.choosing.group_stats import GroupStats


def test_counts_all_samples_and_measures_the_correct_ones() -> None:
    rows = pa.table(
        {
            "problem_id": ["a", "a", "a", "b"],
            "gold": ["7", "7", "7", "8"],
            "reply_tokens": [10, 30, 99, 5],
            "verdict": ["correct", "correct", "incorrect", "incorrect"],
            "finish_reason": ["stop"] * 4,
            "spent_tokens": pa.array([10, 30, 120, None], pa.int64()),
        }
    )
    told = GroupStats()(rows)
    of_a, *_, of_b = values(told, GROUP)

    found = {"n": 3, "n_finished": 3, "pass_rate": pytest.approx(2 / 3), "mean": 20, "min": 10, "max": 30, "std": 10}
    assert of_a == found
    assert of_b == {"n": 1, "n_finished": 1, "pass_rate": 0, "mean": None, "min": None, "max": None, "std": None}
    assert values(told, SPENT_TOKENS) == [160, 160, 160, 0]


def test_without_a_gold_nobody_knows_how_many_are_right() -> None:
    rows = {"problem_id": ["a"], "gold": pa.array([None], pa.string()), "reply_tokens": [3], "verdict": ["undecided"]}
    (told,) = values(GroupStats()(pa.table({**rows, "finish_reason": ["stop"], "spent_tokens": [3]})), GROUP)

    assert told["n"] == 1
    assert told["pass_rate"] is None


def test_what_a_race_cut_short_is_not_held_against_the_problem() -> None:
    rows = pa.table(
        {
            "problem_id": ["a"] * 3,
            "gold": ["7"] * 3,
            "reply_tokens": [10, 10, 10],
            "verdict": ["correct", None, None],
            "finish_reason": ["stop", "cancelled", "cancelled"],
            "spent_tokens": pa.array([10, None, None], pa.int64()),
        }
    )
    stats = GroupStats()(rows)
    (told, *_) = values(stats, GROUP)

    assert told == {"n": 3, "n_finished": 1, "pass_rate": None, "mean": None, "min": 10, "max": None, "std": None}
    assert values(stats, SPENT_TOKENS) == [None] * 3
