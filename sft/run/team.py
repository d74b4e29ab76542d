"""The processes that train together: which one this is, and how they wait and agree."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import distributed

from data.errors import TrainingError

T = TypeVar("T")


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
