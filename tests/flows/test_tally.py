from collections import Counter

import pytest

from flows.running.tally import Tally
from pipelines.execute.counts import Counts
from stages.asking.meter import Meter


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def part(tokens: int = 0) -> Counts:
    return Counts(rows=2, problems=1, verdicts=Counter(correct=2), usage=Counter(calls=2, tokens=tokens))


def test_time_left_is_unknown_until_two_parts_are_done() -> None:
    clock = Clock()
    tally = Tally("sample", parts=10, left=10, clock=clock)
    clock.now = 20.0
    tally.add(part())

    assert tally.standing().seconds_left is None


def test_time_left_is_that_of_the_remaining_parts_at_the_recent_rate() -> None:
    clock = Clock()
    tally = Tally("sample", parts=10, left=8, clock=clock)
    for now in (10.0, 20.0):
        clock.now = now
        tally.add(part())

    assert tally.standing().seconds_left == pytest.approx(6 * 10.0)
    assert tally.standing().done == 4


def test_a_stall_makes_the_time_left_longer() -> None:
    clock = Clock()
    tally = Tally("sample", parts=4, left=4, clock=clock)
    for now in (5.0, 10.0):
        clock.now = now
        tally.add(part())
    before = tally.standing().seconds_left
    clock.now = 50.0

    assert before is not None
    assert (tally.standing().seconds_left or 0) > before


def test_only_the_last_minute_counts() -> None:
    clock = Clock()
    tally = Tally("sample", parts=1000, left=1000, clock=clock)
    for now in range(0, 200, 10):
        clock.now = float(now)
        tally.add(part())
    for tenth in range(2000, 3000):
        clock.now = tenth / 10
        tally.add(part())

    assert tally.standing().seconds_left == pytest.approx(0, abs=5)


def test_replies_tell_more_than_parts_where_they_are_counted() -> None:
    clock = Clock()
    tally = Tally("sample", parts=10, left=10, replies_wanted=100, clock=clock)
    clock.now = 10.0
    tally.live(Meter(calls=30, replayed=10, tokens=500, in_flight=15))

    standing = tally.standing()
    assert standing.seconds_left == pytest.approx(75 * 10 / 25)
    assert standing.tokens_per_second == pytest.approx(50)
    assert standing.done == 0


def test_a_finished_step_has_nothing_left() -> None:
    tally = Tally("sample", parts=1, left=1, clock=Clock())
    tally.add(part())

    assert tally.standing().seconds_left == 0
