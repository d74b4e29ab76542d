from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.columns import GROUP, PROBLEM_ID, REPLY, REPLY_TOKENS, SAMPLE, TRACE_ID
from stages.choosing.pass_rate import Band, KeepByPassRate, KeepPassRate, PassRate

BANDS = (
    Band(solved=0.75, quantiles=(0.0,)),
    Band(solved=0.25, quantiles=(0.5,)),
    Band(solved=0.1, quantiles=(0.0, 1.0)),
    Band(solved=0.05, quantiles=()),
)


def table(problems: dict[str, tuple[float | None, list[int]]]) -> pa.Table:
    rows = [
        {
            "problem_id": problem,
            "trace_id": f"{problem}{n}",
            "reply": "x",
            "reply_tokens": tokens,
            "sample": n,
            "group": {"pass_rate": rate},
        }
        for problem, (rate, lengths) in problems.items()
        for n, tokens in enumerate(lengths)
    ]
    schema = pa.schema([PROBLEM_ID, TRACE_ID, REPLY, REPLY_TOKENS, SAMPLE, GROUP])
    return pa.Table.from_pylist(rows, schema=schema)


def kept(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["trace_id"] for row in rows if row["dropped"] is None)


@pytest.mark.parametrize(
    ("rate", "chosen"),
    [(1.0, ["a2"]), (0.75, ["a2"]), (0.74, ["a0"]), (0.25, ["a0"]), (0.2, ["a1", "a2"]), (0.06, []), (0.01, [])],
)
def test_the_band_of_the_pass_rate_says_which_lengths_are_kept(rate: float, chosen: list[str]) -> None:
    assert kept(KeepByPassRate(bands=BANDS)(table({"a": (rate, [20, 30, 10])})).to_pylist()) == chosen


def test_every_trace_that_leaves_says_why() -> None:
    problems = {"a": (1.0, [1, 2]), "b": (0.06, [1]), "c": (0.01, [1]), "d": (None, [1])}
    rows = KeepByPassRate(bands=BANDS)(table(problems)).to_pylist()

    assert [row["dropped"] for row in rows] == [
        None,
        "not_chosen",
        "band_left_out",
        "solved_too_seldom",
        "pass_rate_unknown",
    ]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.floats(0, 1), st.randoms())
def test_a_quantile_is_a_place_in_the_order_of_length_whatever_the_order_of_rows(
    lengths: list[int], quantile: float, random: Any
) -> None:
    rows = table({"a": (1.0, lengths)})
    order = list(range(rows.num_rows))
    random.shuffle(order)
    stage = KeepByPassRate(bands=(Band(solved=0.0, quantiles=(quantile,)),))
    (chosen,) = kept(stage(rows).to_pylist())

    assert kept(stage(rows.take(pa.array(order, pa.int64()))).to_pylist()) == [chosen]
    below = sum(tokens < lengths[int(chosen[1:])] for tokens in lengths)
    not_above = sum(tokens <= lengths[int(chosen[1:])] for tokens in lengths)
    assert below <= round(quantile * (len(lengths) - 1) + 1e-9) + 1
    assert not_above >= quantile * (len(lengths) - 1)


def test_problems_outside_the_wanted_rates_leave_and_each_says_on_which_side() -> None:
    rates: dict[str, tuple[float | None, list[int]]] = {
        "a": (0.0, [1]),
        "b": (0.5, [1, 2]),
        "c": (1.0, [1]),
        "d": (None, [1]),
    }
    rows = KeepPassRate(within=PassRate(at_least=0.25, at_most=0.75))(table(rates)).to_pylist()

    assert [row["dropped"] for row in rows] == [
        "solved_too_seldom",
        None,
        None,
        "solved_too_often",
        "pass_rate_unknown",
    ]


def test_the_ends_of_a_band_are_in_it() -> None:
    rows = KeepPassRate(within=PassRate(at_least=0.25, at_most=0.75))(table({"a": (0.25, [1]), "b": (0.75, [1])}))

    assert kept(rows.to_pylist()) == ["a0", "b0"]


def test_no_rows_give_no_rows() -> None:
    assert KeepByPassRate(bands=BANDS)(table({})).num_rows == 0
    assert KeepPassRate(within=PassRate())(table({})).num_rows == 0
