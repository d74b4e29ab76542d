"""Builds that are killed, stopped and interrupted, as processes of their own; then the same command again."""

import filecmp
import random
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.flows.builds import SETTING, Workplace, ended, wait_for, write_run_file

pytestmark = pytest.mark.slow

REPLIES = 30 * 4
OTHER_EVENTS = ("started", "step_began", "step_finished")


@pytest.fixture(scope="module")
def uncrashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The version that a build makes which nothing disturbs."""
    place = Workplace(write_run_file(tmp_path_factory.mktemp("uncrashed"), **SETTING).parent)
    assert place.finish().code == 0
    return place.versions()[0]


def same_bytes(one: Path, other: Path) -> bool:
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    return all(filecmp.cmp(one / name, other / name, shallow=False) for name in names)


def last_calls(place: Workplace) -> tuple[int, int]:
    """Return the calls of the last build, and the replies on disk now."""
    return int(place.events("built")[-1]["spent"]["calls"]), place.journalled


def told_times(place: Workplace, event: str, times: int) -> bool:
    return len(place.events(event)) >= times


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1, 20))])
def test_after_a_kill_at_any_moment_only_what_was_in_flight_is_asked_again(
    place: Workplace, uncrashed: Path, seed: int
) -> None:
    replies = random.Random(seed).randrange(1, REPLIES)
    process = place.start()
    wait_for(lambda: place.journalled >= replies, process)

    process.kill()
    process.communicate()
    journalled = place.journalled
    ran = place.finish("resume")

    calls, kept = last_calls(place)
    assert ran.code == 0, ran.err
    assert calls == REPLIES - journalled
    assert kept == REPLIES
    assert same_bytes(place.versions()[0], uncrashed)


@pytest.mark.parametrize("event", ["part", *(pytest.param(event, marks=pytest.mark.soak) for event in OTHER_EVENTS)])
def test_kills_one_after_the_other_lose_nothing(place: Workplace, uncrashed: Path, event: str) -> None:
    for times in (1, 2, 3):
        process = place.start()
        wait_for(partial(told_times, place, event, times), process)
        process.kill()
        process.communicate()

    ran = place.finish("resume")

    assert ran.code == 0, ran.err
    assert place.journalled == REPLIES
    assert len(place.versions()) == 1
    assert same_bytes(place.versions()[0], uncrashed)


def test_sigterm_drains_and_ends_with_0_saying_how_to_go_on(place: Workplace, uncrashed: Path) -> None:
    process = place.start()
    wait_for(lambda: place.journalled >= 20, process)

    process.send_signal(signal.SIGTERM)
    stopped = ended(process)
    journalled = place.journalled
    ran = place.finish("resume")

    calls, _ = last_calls(place)
    assert stopped.code == 0
    assert "Stopped by SIGTERM" in stopped.err
    assert "python -m flows resume run.yaml" in stopped.err
    assert "Dataset:" not in stopped.out
    assert calls == REPLIES - journalled
    assert ran.code == 0
    assert same_bytes(place.versions()[0], uncrashed)


@pytest.mark.parametrize("place", [{"latency": 0.5}], indirect=True)
def test_every_call_that_was_sent_before_sigterm_is_kept(place: Workplace) -> None:
    process = place.start()
    wait_for(lambda: place.journalled >= 20, process)

    process.send_signal(signal.SIGTERM)
    ended(process)

    assert place.events("stopped")[-1]["spent"]["calls"] == place.journalled


@pytest.mark.parametrize("place", [{"latency": 0.5}], indirect=True)
def test_ctrl_c_ends_with_130_saying_what_is_safe(place: Workplace) -> None:
    process = place.start()
    wait_for(lambda: place.journalled >= 20, process)

    process.send_signal(signal.SIGINT)
    stopped = ended(process)

    assert stopped.code == 130
    assert "safe" in stopped.err
    assert "python -m flows resume run.yaml" in stopped.err
    assert "Traceback" not in stopped.err


@pytest.mark.parametrize("place", [{"latency": 60.0, "grace": 60.0}], indirect=True)
def test_a_second_ctrl_c_ends_at_once(place: Workplace) -> None:
    process = place.start()
    assert process.stderr is not None
    assert next(line for line in process.stderr if "(8 in flight)" in line)
    process.send_signal(signal.SIGINT)
    told = next(line for line in process.stderr if line.startswith("Stopping"))

    process.send_signal(signal.SIGINT)
    stopped = ended(process)

    assert "Ctrl-C again ends at once" in told
    assert stopped.code == 130
    assert "Ended at once" in stopped.err
