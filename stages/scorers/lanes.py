"""Batches read at the same time on a CPU: a thread a core, and a batch a thread.

Threads inside an operation meet again after each one, and a text has too few tokens for that to pay. With each batch on
one thread the same numbers come out on any number of cores.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import chain
from threading import Barrier, Lock
from typing import Any

from stages.scorers.windows import Window

Rows = Sequence[Sequence[int]]
"""The token ids of a batch."""

_STARTING = Lock()


def read_each(device: str, read: Callable[[Rows], Any], batches: Iterable[Rows]) -> Iterator[Any]:
    """Yield what is read of each batch, in order; on a CPU as many at once as it has cores, on a GPU one by one."""
    if device != "cpu":
        return map(read, batches)
    with _STARTING:  # parts are worked on by several threads
        lanes = _lanes()
    return lanes.map(read, batches)


def read_windows(
    device: str, read: Callable[[Rows], Any], cut: Iterable[Sequence[Window]], row: Callable[[Window], Sequence[int]]
) -> Iterator[tuple[Window, Any]]:
    """Yield every window of these batches with what is read of its `row`."""
    together = list(cut)
    found = read_each(device, read, ([row(window) for window in batch] for batch in together))
    return zip(chain(*together), chain.from_iterable(found), strict=True)


@lru_cache(maxsize=1)
def _lanes() -> ThreadPoolExecutor:
    """Return the threads of this process: however many texts are scored at once, no core has two batches."""
    import torch  # seconds to import

    cores = torch.get_num_threads()
    begun = Barrier(cores + 1)

    def begin() -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # a thread keeps the number that torch had when it was first asked
        begun.wait()

    lanes = ThreadPoolExecutor(cores, "scorer", begin)
    for _ in range(cores):
        lanes.submit(int)
    begun.wait()
    torch.set_num_threads(cores)  # as it was, for every thread that comes later
    return lanes
