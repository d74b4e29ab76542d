"""Keeps a run safe: checkpoints, a look at the held-out loss, an early stop, and no step on numbers gone bad.

A callback and not a trainer, so that whatever trainer TRL has is kept the same way.
"""

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback

from data.errors import TrainingError
from sft import checkpoint


@dataclass
class Progress:
    """How the held-out loss has gone."""

    best_loss: float | None = None
    best_step: int | None = None
    last_loss: float | None = None
    looks_without: int = 0
    """Looks since the best one."""
    stopped: bool = False
    """Whether patience has run out."""


class Keeper(TrainerCallback):
    """Writes checkpoints to a folder, and goes on from the last one there."""

    def __init__(self, folder: Path, *, every: int, keep: int, patience: int | None, watched: bool) -> None:
        self._folder = folder
        self._every = every
        self._keep = keep
        self._patience = patience
        self._watched = watched
        done = checkpoint.steps_kept(folder)
        self.resumed = checkpoint.at_step(folder, done[-1]) if done else None
        self.progress = Progress(**checkpoint.progress_of(self.resumed)) if self.resumed else Progress()
        self._random_due = self.resumed is not None

    @property
    def chosen(self) -> Path:
        """The checkpoint to take: the best one under patience, else the last."""
        best = self.progress.best_step if self._patience is not None else None
        return checkpoint.at_step(self._folder, best or checkpoint.steps_kept(self._folder)[-1])

    @property
    def chosen_loss(self) -> float | None:
        """The held-out loss of that checkpoint, where it was looked at."""
        return self.progress.last_loss if self._patience is None else self.progress.best_loss

    def on_train_begin(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Put back what `transformers` would only read from a pickle."""
        if self.resumed is not None:
            checkpoint.restore(self.resumed, there["optimizer"], there["lr_scheduler"])

    def on_step_begin(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Put chance back once batches have been skipped, before anything draws on it."""
        if self._random_due and self.resumed is not None:
            checkpoint.restore_random(self.resumed)
            self._random_due = False

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Refuse a step whose gradients are not numbers: the weights are still good."""
        if not _finite([p.grad for p in there["model"].parameters() if p.grad is not None]):
            self._refuse(state.global_step + 1, "the gradient is not finite")

    def on_step_end(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Look at the held-out loss where there is one, and write a checkpoint after it; else write one now."""
        if state.global_step % self._every and state.global_step < state.max_steps:
            return
        if self._watched:
            control.should_evaluate = True
        else:
            self._write(state, there)

    def on_evaluate(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Keep count of looks without a lower loss, write a checkpoint, and stop when patience runs out."""
        loss = there["metrics"]["eval_loss"]
        if not math.isfinite(loss):
            self._refuse(state.global_step, f"the held-out loss is {loss}")
        if self.progress.best_loss is None or loss < self.progress.best_loss:
            self.progress = Progress(loss, state.global_step)
        else:
            self.progress.looks_without += 1
        self.progress.last_loss = loss
        self.progress.stopped = self._patience is not None and self.progress.looks_without >= self._patience
        self._write(state, there)
        control.should_training_stop = control.should_training_stop or self.progress.stopped

    def _write(self, state: Any, there: Mapping[str, Any]) -> None:
        made = (there["model"], there["optimizer"], there["lr_scheduler"])
        if not _finite([p for p in there["model"].parameters() if p.requires_grad]):
            self._refuse(state.global_step, "a weight is not finite")
        if state.is_world_process_zero:
            checkpoint.write(self._folder, *made, state, asdict(self.progress))
            for step in checkpoint.steps_kept(self._folder)[: -self._keep]:
                if step != self.progress.best_step:
                    shutil.rmtree(checkpoint.at_step(self._folder, step))

    def _refuse(self, step: int, why: str) -> None:
        kept = checkpoint.steps_kept(self._folder)
        last = f"the last good checkpoint is {checkpoint.at_step(self._folder, kept[-1])}" if kept else "there is none"
        raise TrainingError(f"step {step:,}: {why}; {last}; lower the learning rate, or look at the rows of this step")


def _finite(tensors: Sequence[torch.Tensor]) -> bool:
    """Tell whether every number is finite, asking the device once."""
    if not tensors:
        return True
    with torch.no_grad():
        norms = torch._foreach_norm([tensor.detach() for tensor in tensors])
        return math.isfinite(torch.stack([norm.float() for norm in norms]).sum().item())
