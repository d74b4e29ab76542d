from collections import Counter
from itertools import pairwise
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sft.schedules.progressive import Progressive
from sft.schedules.stage import TrainingStage
from tests.sft.schedules.test_conditioned import TOOLS
from tests.sft.small import row, rows


def mean(stage: TrainingStage) -> float:
    return float(sum(it["cot_tokens"] for it in stage.rows) / len(stage.rows))


def test_by_rank_a_problem_goes_from_its_longest_to_its_shortest() -> None:
    plan = Progressive(stages=3).plan(rows(5), TOOLS)

    assert [[it["cot_tokens"] for it in stage.rows] for stage in plan.stages] == [[24] * 5, [16] * 5, [8] * 5]
    assert (plan.faults, dict(plan.left_out)) == ([], {})


CHAINS = st.lists(st.lists(st.integers(1, 500), min_size=1, max_size=7), min_size=1, max_size=8)


@given(CHAINS, st.integers(2, 5))
def test_no_stage_has_two_chains_of_a_problem_and_a_problem_only_gets_shorter(
    lengths: list[list[int]], count: int
) -> None:
    found: list[dict[str, Any]] = [
        row(problem, trace_id=f"{problem}-{at}", cot_tokens=tokens)
        for problem, chains in enumerate(lengths)
        for at, tokens in enumerate(chains)
    ]
    plan = Progressive(stages=count).plan(found, TOOLS)

    for stage in plan.stages:
        assert max(Counter(it["problem_id"] for it in stage.rows).values(), default=1) == 1
    for problem, chains in enumerate(lengths):
        own = [it["cot_tokens"] for stage in plan.stages for it in stage.rows if it["problem_id"] == f"p{problem:03d}"]
        assert own == sorted(own, reverse=True)
        assert own[-1] == min(chains)
        assert len(own) == min(len(chains), count)
        assert own[0] == max(chains)
    assert sum(plan.left_out.values()) == len(found) - sum(len(stage.rows) for stage in plan.stages)


ASKED = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1.0, 2.0, 3.0, None])), min_size=1, max_size=20)


@given(ASKED, st.randoms())
def test_by_value_no_stage_has_two_chains_of_a_problem_and_the_lowest_id_is_taken(
    asked: list[tuple[int, float | None]], chance: Random
) -> None:
    found: list[dict[str, Any]] = [
        row(problem, trace_id=f"{at:02d}", control_value=value, cot_tokens=8 * at)
        for at, (problem, value) in enumerate(asked)
    ]
    plan = Progressive(by="control_value").plan(chance.sample(found, len(found)), TOOLS)
    first: dict[tuple[int, float], str] = {}
    for at, (problem, value) in enumerate(asked):
        if value is not None:
            first.setdefault((problem, value), f"{at:02d}")

    assert sorted(it["trace_id"] for stage in plan.stages for it in stage.rows) == sorted(first.values())
    assert all(max(Counter(it["problem_id"] for it in stage.rows).values()) == 1 for stage in plan.stages)
    assert plan.left_out.get("between_stages", 0) == len(found) - len(first)


@given(st.permutations(rows(4)))
def test_the_order_rows_come_in_does_not_matter(found: list[dict[str, Any]]) -> None:
    schedule = Progressive(stages=3)

    assert schedule.plan(found, TOOLS).stages == schedule.plan(rows(4), TOOLS).stages


def test_by_value_stages_get_shorter_whichever_way_the_value_goes() -> None:
    removed = [row(problem, length, control_value=1 / length) for problem in range(3) for length in (1, 2, 4)]

    for found in (rows(3, (4, 2, 1)), removed):
        plan = Progressive(by="control_value").plan(found, TOOLS)
        assert all(mean(long) > mean(short) for long, short in pairwise(plan.stages))
        assert len(plan.stages) == 3
        assert plan.faults == []


def test_rows_without_a_value_are_counted() -> None:
    found = [*rows(3), row(9, control_value=None)]

    assert Progressive(by="control_value").plan(found, TOOLS).left_out == {"between_stages": 1}


def test_stages_that_do_not_get_shorter_are_a_fault() -> None:
    found = [row(1, trace_id=str(at), cot_tokens=10) for at in range(3)]
    (fault,) = Progressive(stages=3).plan(found, TOOLS).faults

    assert "do not fall" in fault


def test_a_stage_without_rows_is_a_fault() -> None:
    assert "has no rows" in Progressive(stages=5).plan(rows(3), TOOLS).faults[0]


def test_rows_without_a_length_are_a_fault() -> None:
    assert "1 rows have no cot_tokens" in Progressive().plan([row(1, cot_tokens=None)], TOOLS).faults[0]


@pytest.mark.parametrize("by", ["rank", "control_value"])
def test_towards_long_takes_the_same_stages_the_other_way_round(by: Literal["rank", "control_value"]) -> None:
    found = rows(3, (4, 2, 1))
    short = Progressive(by=by).plan(found, TOOLS)
    long = Progressive(by=by, towards="long").plan(found, TOOLS)

    assert long.stages == short.stages[::-1]
    assert long.faults == []
