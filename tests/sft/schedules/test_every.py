"""Rules for every schedule."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from sft.rows.tools import tools_of
from sft.schedules.every import AnySchedule
from sft.schedules.stage import Schedule
from tests.sft.small import rows

SPECS: dict[str, Any] = {
    "standard": {},
    "conditioned": {"conditions": [{"control_kind": "steps", "suffix": " In {value} steps."}]},
    "progressive": {"stages": 3},
    "internalise": {"tokens_each": 20},
    "valve": {},
    "iterated": {"iterations": 2},
}


def made(kind: str) -> Schedule:
    found: Schedule = TypeAdapter(AnySchedule).validate_json(TypeAdapter(dict).dump_json(SPECS[kind] | {"kind": kind}))
    return found


def test_every_schedule_is_tried_here() -> None:
    union, _ = get_args(AnySchedule)

    assert {member().kind if member.__name__ != "Conditioned" else "conditioned" for member in get_args(union)} == set(
        SPECS
    )


@pytest.mark.parametrize("kind", SPECS)
def test_a_schedule_changes_no_row_it_was_given_and_reads_what_it_says(kind: str, tokenizer: Any) -> None:
    schedule, tools = made(kind), tools_of(tokenizer)
    fields = {"trace_id", "problem_id", "prompt", "completion", "segments", "added_tokens"}
    fields |= {field.name for field in schedule.reads}
    given = [{key: value for key, value in it.items() if key in fields} for it in rows(3)]

    plan = schedule.plan(given, tools)

    assert plan.faults == () or plan.faults == []
    assert all(stage.rows for stage in plan.stages)
    assert given == [{key: value for key, value in it.items() if key in fields} for it in rows(3)]
    assert schedule.plan(given, tools) == plan


@pytest.mark.parametrize("kind", SPECS)
def test_a_schedule_takes_no_rows(kind: str, tokenizer: Any) -> None:
    made(kind).plan([], tools_of(tokenizer))
