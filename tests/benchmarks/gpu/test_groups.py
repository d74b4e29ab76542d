"""Whatever a check does, it has an outcome, and the others go on."""

import time
from pathlib import Path

import pytest

from benchmarks.gpu.every import Check
from benchmarks.gpu.groups import run_group
from benchmarks.gpu.outcome import Outcome
from benchmarks.gpu.place import Place

FOREVER = 3600.0


def check(name: str, seconds: float = FOREVER) -> Check:
    return Check(name, name, seconds, f"tests.benchmarks.gpu.checks:{name}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, "cpu", Path("data/pocket"))


def outcomes(place: Place, *checks: Check, left: float = FOREVER) -> list[Outcome]:
    return list(run_group(checks, place, time.monotonic() + left))


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("fine", "passed", ""),
        ("wrong", "failed", "the loss went up"),
        ("broken", "failed", "RuntimeError: CUDA error: an illegal access"),
        ("lacking", "not possible here", "there is no GPU"),
        ("without_package", "not possible here", "no_such_package_anywhere is not installed"),
        ("without_module", "failed", "ModuleNotFoundError: No module named 'benchmarks.gpu.no_such_module'"),
        ("dying", "failed", "its process ended with 7: out of memory"),
    ],
)
def test_a_check_is_told_as_passed_failed_or_not_possible_with_the_reason(
    name: str, status: str, reason: str, place: Place
) -> None:
    (outcome,) = outcomes(place, check(name))

    assert (outcome.check, outcome.status, outcome.reason) == (name, status, reason)


def test_what_a_check_measured_comes_with_it(place: Place) -> None:
    (outcome,) = outcomes(place, check("fine"))

    assert outcome.figures == {"ratio": 0.98765, "model": "pocket"}


def test_one_that_takes_its_process_down_or_hangs_is_ended_alone(place: Place) -> None:
    checks = (check("fine"), check("dying"), check("lacking"), check("hanging", 1.0), check("wrong"))

    results = outcomes(place, *checks)

    assert [outcome.check for outcome in results] == [each.name for each in checks]
    assert [outcome.status for outcome in results] == ["passed", "failed", "not possible here", "failed", "failed"]
    assert results[3].reason == "it was not done after 3 s, the most it may take: it said nothing"


def test_what_there_was_no_time_for_is_no_failure(place: Place) -> None:
    results = outcomes(place, check("hanging"), check("fine"), left=6.0)

    assert [outcome.status for outcome in results] == ["not possible here", "not possible here"]
    assert all("no time was left" in outcome.reason for outcome in results)
