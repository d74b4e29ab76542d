"""Batches read at the same time on a CPU: a thread a core, and a batch a thread.

Threads inside an operation meet again after each one, and a text has too few tokens for that to pay. With each batch on
one thread the same numbers come out on any number of cores.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

Rows = Sequence[Sequence[int]]
"""The token ids of a batch."""


def read_each(device: str, read: Callable[[Rows], Any], batches: Iterable[Rows]) -> Iterator[Any]:
    """Yield what is read of each batch, in order; on a CPU as many at once as it has cores, on a GPU one by one."""
    return _lanes().map(read, batches) if device == "cpu" else map(read, batches)


@lru_cache(maxsize=1)
def _lanes() -> ThreadPoolExecutor:
    """Return the threads of this process: however many texts are scored at once, no core has two batches."""
    import torch  # seconds to import

    # Told before the first lane sets its own, which torch passes on to every thread that comes later.
    cores = torch.get_num_threads()
    return ThreadPoolExecutor(cores, "scorer", torch.set_num_threads, (1,))
