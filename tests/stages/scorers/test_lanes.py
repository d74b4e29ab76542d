from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident

import pytest
import torch

from stages.scorers import lanes
from stages.scorers.lanes import Rows, read_each


@pytest.fixture(autouse=True)
def new_lanes() -> None:
    lanes._lanes.cache_clear()  # other tests may have told torch another number of threads when theirs were made


def _met(barrier: Barrier) -> Callable[[Rows], int]:
    return lambda _: barrier.wait()


def test_batches_come_back_in_order() -> None:
    batches: list[Rows] = [[[at]] for at in range(50)]

    for device in ("cpu", "cuda"):
        assert list(read_each(device, lambda rows: rows[0][0], batches)) == list(range(50))


def test_each_batch_is_read_on_one_thread_on_a_cpu() -> None:
    assert set(read_each("cpu", lambda _: torch.get_num_threads(), [[[at]] for at in range(50)])) == {1}


def test_there_are_as_many_lanes_as_torch_has_threads_for_good() -> None:
    cores = torch.get_num_threads()
    for _ in range(2):
        assert sorted(read_each("cpu", _met(Barrier(cores, timeout=30)), [[[0]]] * cores)) == list(range(cores))
        assert torch.get_num_threads() == cores


def test_a_thread_that_comes_later_has_all_cores() -> None:
    cores = torch.get_num_threads()
    list(read_each("cpu", len, [[[0]]] * 9))

    with ThreadPoolExecutor(1) as later:
        assert later.submit(torch.get_num_threads).result() == cores
    assert set(read_each("cpu", lambda _: torch.get_num_threads(), [[[0]]] * 9)) == {1}


def test_lanes_that_several_threads_ask_for_are_the_same() -> None:
    with ThreadPoolExecutor(8) as asking:
        found = asking.map(lambda _: list(read_each("cpu", lambda _: get_ident(), [[[0]]] * 20)), range(8))

    assert len({lane for asked in found for lane in asked}) <= torch.get_num_threads()


def test_one_batch_that_fails_is_told() -> None:
    def read(rows: Rows) -> int:
        return 1 // rows[0][0]

    found = read_each("cpu", read, [[[1]], [[0]]])

    assert next(found) == 1
    with pytest.raises(ZeroDivisionError):
        next(found)
