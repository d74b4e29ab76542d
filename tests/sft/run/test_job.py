from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from data.conditions import Condition
from data.errors import ConfigError
from sft.objectives.every import Dpo
from sft.run.job import Job, find_job, plans
from sft.schedules.conditioned import Conditioned
from sft.schedules.internalise import Internalise
from sft.schedules.progressive import Progressive
from sft.schedules.valve import Valve
from tests.sft.small import LENGTHS, row, rows, run

STEPS = Condition(control_kind="steps", suffix=" In {value} steps.")


def watching(dataset: Path, held_out: list[dict[str, Any]], **more: Any) -> Job:
    """Return a job that watches these rows."""
    job = find_job(run(dataset, **more))
    return replace(job, source=replace(job.source, held_out=held_out))


@pytest.mark.parametrize(
    ("schedule", "wrong", "told"),
    [
        (Progressive(), {"cot_tokens": None}, "1 rows have no cot_tokens"),
        (Valve(), {"cot_tokens": None}, "1 rows have no cot_tokens"),
        (Internalise(), {"cot": "else"}, "1 rows do not hold their cot"),
        (Conditioned(conditions=(STEPS,)), {"control_kind": "budget"}, "1 rows have control_kind 'budget'"),
    ],
)
def test_rows_to_watch_that_a_schedule_refuses_are_told(
    dataset: Path, schedule: Any, wrong: dict[str, Any], told: str
) -> None:
    job = watching(dataset, [row(50), row(51, **wrong)], schedule=schedule)

    with pytest.raises(ConfigError, match=f"held-out: schedule: {told}.*held_out: null"):
        plans(job)


@pytest.mark.parametrize("held_out", [[], rows(1, (3, 1))], ids=["none", "some stages"])
def test_stages_need_not_all_have_rows_to_watch(dataset: Path, held_out: list[dict[str, Any]]) -> None:
    _, watched = plans(watching(dataset, held_out, schedule=Progressive(stages=3)))

    assert sum(len(stage.rows) for stage in watched.values()) == len(held_out)


def test_rows_to_watch_that_are_left_out_are_counted_apart(dataset: Path) -> None:
    job = watching(dataset, rows(2), schedule=Valve())

    plan, _ = plans(job)

    assert plan.left_out == {"at_beta_0": len(job.source.train) / len(LENGTHS), "held-out: at_beta_0": 2}


def test_rows_to_watch_that_are_in_no_pair_are_counted_apart(dataset: Path, tmp_path: Path) -> None:
    job = find_job(run(dataset, objective=Dpo()))
    pairs = [row(number, length, verdict="correct") for number in (1, 2) for length in (1, 3)]
    (stage,) = plans(replace(job, source=replace(job.source, train=pairs)))[0].stages

    prepared = job.prepared(stage, [row(7, verdict="correct")], tmp_path / "tokens")

    assert prepared.dropped == {"held-out: not_paired": 1}


def test_rows_are_made_tokens_once_and_taken_again_from_their_file(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = find_job(run(dataset))
    (stage,) = plans(job)[0].stages
    first = job.prepared(stage, job.source.held_out, tmp_path / "tokens")

    def never(*_: object) -> None:
        raise AssertionError("made once more")

    monkeypatch.setattr("sft.rows.labels.Labels.many", never)
    again = job.prepared(stage, job.source.held_out, tmp_path / "tokens")

    assert again.tokens.table == first.tokens.table
    assert (again.train, again.held_out, again.dropped) == (first.train, first.held_out, first.dropped)
    with pytest.raises(AssertionError, match="made once more"):
        replace(job, identity={"another": "run"}).prepared(stage, [], tmp_path / "tokens")
