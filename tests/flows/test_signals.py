import signal

import pytest

from flows.running.signals import CTRL_C, SIGTERM, signals_ask
from pipelines.stop import Stop


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGINT, CTRL_C), (signal.SIGTERM, SIGTERM)])
def test_work_that_drains_is_only_asked_to_stop(number: signal.Signals, reason: str) -> None:
    stop = Stop()

    with signals_ask(stop, lambda: True, grace_seconds=60):
        signal.raise_signal(number)

    assert stop.reason == reason


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_that_does_not_look_is_interrupted(number: signal.Signals) -> None:
    stop = Stop()

    with pytest.raises(KeyboardInterrupt), signals_ask(stop, lambda: False, grace_seconds=60):
        signal.raise_signal(number)

    assert stop.asked


def test_a_second_sigterm_changes_nothing() -> None:
    stop = Stop()

    with signals_ask(stop, lambda: True, grace_seconds=60):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    assert stop.reason == SIGTERM


def test_work_that_drains_too_long_is_interrupted() -> None:
    with pytest.raises(KeyboardInterrupt), signals_ask(Stop(), lambda: True, grace_seconds=60):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGALRM)


def test_the_handlers_of_before_come_back() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]

    with signals_ask(Stop(), lambda: True, grace_seconds=60):
        signal.raise_signal(signal.SIGTERM)

    assert [signal.getsignal(number) for number in numbers] == before
    assert signal.alarm(0) == 0
