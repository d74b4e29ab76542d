"""The gradients of one step, its rows shared among threads that each have the model to themselves.

One thread a core and one meeting a step; threads inside each operation instead meet hundreds of times a step, which on
two busy cores cost half of the speed.
"""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import torch


class Gradients:
    """Adds up gradients in the model's parameters."""

    def __init__(self, model: Any, threads: int) -> None:
        self.replicas = [model, *(deepcopy(model) for _ in range(threads - 1))]
        for replica in self.replicas[1:]:
            for own, shared in zip(replica.parameters(), model.parameters(), strict=True):
                own.data = shared.data
        self.pool = ThreadPoolExecutor(threads)

    def __call__(self, ids: torch.Tensor, labels: torch.Tensor) -> float:
        """Set the model's gradients for one batch and return its loss a reply token."""
        replies = int((labels[:, 1:] != -100).sum())
        count = len(self.replicas)
        shares = zip(self.replicas, ids.chunk(count), labels.chunk(count), strict=True)
        parts = [self.pool.submit(_share, *share, replies) for share in shares]
        losses = [part.result() for part in parts]
        for replica in self.replicas[1:]:
            for own, shared in zip(replica.parameters(), self.replicas[0].parameters(), strict=True):
                shared.grad += own.grad
                own.grad = None
        return sum(losses)


def _share(model: Any, ids: torch.Tensor, labels: torch.Tensor, replies: int) -> float:
    """Add the gradients of some rows to a replica and return their part of the loss."""
    torch.set_num_threads(1)
    wanted = labels[:, 1:] != -100
    with torch.autocast(ids.device.type, dtype=torch.bfloat16):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
        logits = model.lm_head(hidden[:, :-1][wanted])
    loss = torch.nn.functional.cross_entropy(logits.float(), labels[:, 1:][wanted], reduction="sum") / replies
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return loss.item()
