"""The processes that train together: which one this is, and how they wait and agree."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import distributed

from data.errors import TrainingError

T = TypeVar("T")

ALONE = {
    "RANK": "0",
    "WORLD_SIZE": "1",
    "LOCAL_RANK": "0",
    "LOCAL_WORLD_SIZE": "1",
    "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "29500",
    "OMP_NUM_THREADS": "1",
    "GLOO_SOCKET_IFNAME": "lo",
    "NCCL_SOCKET_IFNAME": "lo",
}
"""What accelerate must find in the environment to take one process for a group; without a count of threads it would
set that anew. Nobody meets at the port."""
LEFT_BEHIND = ("ACCELERATE_", "FSDP_")
"""How names begin that transformers and accelerate set themselves where a run shards, and leave there."""


@dataclass(frozen=True)
class Team:
    """This process among those that train together; alone, it neither waits nor asks."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes for all."""
        return self.rank == 0

    @property
    def threads(self) -> int | None:
        """Threads for each where several share a machine's cores; None leaves it to torch."""
        here = int(os.environ.get("LOCAL_WORLD_SIZE", "0"))
        return max(1, (os.cpu_count() or 1) // here) if here else None

    def first(self, write: Callable[[], object]) -> None:
        """Let the first process write what all will read, and wait for it."""
        if self.is_first:
            write()
        self.wait()

    def in_turn(self, work: Callable[[], T]) -> T:
        """Let the first process work, then the others, who find what it has made; where it fails, all fail."""
        made: list[T] = []
        failed: Exception | None = None
        if self.is_first:
            try:
                made.append(work())
            except Exception as error:
                failed = error
        if not self.agrees(failed is not None):
            return made[0] if made else work()
        if failed is None:
            work()  # raises what the first one has met, as a rule
            raise TrainingError("the first of the processes that train could not begin; its own error says why")
        raise failed

    def wait(self) -> None:
        """Wait until all have come so far."""
        self.agrees(False)

    def agrees(self, wish: bool) -> bool:
        """Tell whether any process has this wish, and tell all the same."""
        if self.size == 1:
            return wish
        device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
        found = torch.tensor(float(wish), device=device)
        distributed.all_reduce(found, distributed.ReduceOp.MAX)
        return bool(found.item())


def team() -> Team:
    """Return the team that whoever started this process has made."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return Team()
    return Team(distributed.get_rank(), distributed.get_world_size())


@contextmanager
def group_of_one(wanted: bool) -> Iterator[None]:
    """Make this process a group by itself where one is wanted: accelerate shards a model among those of a group alone.

    A group that whoever started this process has made is left as it is.
    """
    if not wanted or team().size > 1:
        yield
        return
    before = dict(os.environ)
    os.environ.update(ALONE | before)
    begun = not distributed.is_initialized()
    if begun:
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        store = distributed.HashStore()  # type: ignore[attr-defined]  # documented, and not among what torch exports
        distributed.init_process_group(backend, store=store, rank=0, world_size=1)
    try:
        yield
    finally:
        if begun:
            distributed.destroy_process_group()
        # Whoever trains in this process next shards or not as his run says.
        for name in [name for name in os.environ if name in ALONE or name.startswith(LEFT_BEHIND)]:
            del os.environ[name]
            os.environ.update({name: before[name]} if name in before else {})
