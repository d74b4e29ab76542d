import pytest

from data.errors import ConfigError, TrainingError
from pipelines.train.lost import are_lost, fault_of

CLOSED = RuntimeError("connection closed by peer")


class Died(Exception):
    """As Ray tells of a worker that died."""

    __module__ = "ray.exceptions"


class OutOfMemoryError(RuntimeError):
    """As torch tells of a device without memory."""


@pytest.mark.parametrize(
    ("failures", "workers", "lost"),
    [
        ({0: Died()}, 1, True),
        ({0: CLOSED}, 2, True),
        ({0: CLOSED, 1: Died()}, 2, True),
        ({0: ZeroDivisionError()}, 1, False),
        ({0: CLOSED, 1: ConfigError("wrong")}, 2, False),
        ({0: CLOSED, 1: OutOfMemoryError()}, 2, False),
        ({}, 2, False),
    ],
)
def test_a_worker_is_lost_that_died_or_may_have_been_talking_to_one(
    failures: dict[int, Exception], workers: int, lost: bool
) -> None:
    assert are_lost(failures, workers) is lost


def test_a_fault_that_is_ours_is_told_as_it_is() -> None:
    ours = ConfigError("one", "two")

    assert fault_of(RuntimeError(), {0: CLOSED, 1: ours}, 0) is ours


def test_any_other_is_named_with_its_worker_and_how_to_go_on() -> None:
    told = fault_of(RuntimeError(), {1: CLOSED, 0: Died("out of memory")}, 3)

    assert isinstance(told, TrainingError)
    assert [fault.split(" (")[0] for fault in told.faults] == [
        "worker 0: Died: out of memory",
        "worker 1: RuntimeError: connection closed by peer",
    ]
    assert all("after 3 restarts" in fault and "goes on from it" in fault for fault in told.faults)


def test_what_helps_a_full_device_is_told() -> None:
    assert "halve `batch_size`" in fault_of(RuntimeError(), {0: OutOfMemoryError()}, 0).faults[0]


def test_where_no_worker_failed_the_error_itself_is_told() -> None:
    assert "ValueError: no place" in fault_of(ValueError("no place"), {}, 0).faults[0]
