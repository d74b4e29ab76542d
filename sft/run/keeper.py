"""Keeps a run safe: checkpoints, a look at the held-out loss, an early stop, and no step on numbers gone bad.

A callback and not a trainer, so that whatever trainer TRL has is kept the same way.
"""

import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import TrainerCallback

from data.errors import TrainingError
from sft.config import Training
from sft.models.sharded import Whole, is_sharded, local, put_together
from sft.run import checkpoint
from sft.run.team import Team

PROGRESS, UNLOGGED = "progress", "unlogged"
"""What is kept in a checkpoint: how the held-out loss has gone, and what the log has not told yet."""


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

    def __init__(
        self,
        folder: Path,
        config: Training,
        *,
        watched: bool,
        seed: int,
        team: Team,
        stopping: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._every = config.checkpoint_every
        self._keep = config.keep_checkpoints
        self._patience = config.patience
        self._sharded = config.fsdp
        self._watched = watched
        self._seed = seed
        self._team = team
        self._stopping = stopping
        done = checkpoint.steps_kept(folder)
        self.resumed = checkpoint.at_step(folder, done[-1]) if done else None
        self.progress = Progress(**checkpoint.told_in(self.resumed, PROGRESS)) if self.resumed else Progress()
        self.trainer: Any = None
        """Whose steps these are; known before the first of them."""
        self.left = False
        """Whether the stage was left before its end, because somebody wished so."""

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
            self.trainer.go_on_logging(checkpoint.told_in(self.resumed, UNLOGGED))

    def on_step_begin(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Give each step, in each process, chances of its own, however it was come to."""
        torch.manual_seed(Random(f"{self._seed} {state.global_step} {self._team.rank}").getrandbits(63))

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Refuse a step whose gradients are not numbers: the weights are still good."""
        if self._bad([p.grad for p in there["model"].parameters() if p.grad is not None]):
            self._refuse(state.global_step + 1, "the gradient is not finite")

    def on_step_end(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Write a checkpoint when one is due (after a look at the held-out loss) or before leaving."""
        leaving = self._team.agrees(self._stopping())
        due = state.global_step % self._every == 0 or state.global_step >= state.max_steps
        control.should_evaluate = due and self._watched
        if (due or leaving) and not control.should_evaluate:
            self._write(state, control, there)
        self.left = leaving and state.global_step < state.max_steps
        control.should_training_stop = control.should_training_stop or leaving

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
        self.left = self.left and not self.progress.stopped
        self._write(state, control, there)
        control.should_training_stop = control.should_training_stop or self.progress.stopped

    def _write(self, state: Any, control: Any, there: Mapping[str, Any]) -> None:
        unlogged = self.trainer.unlogged()
        if control.should_log:  # and will be, once this is written
            unlogged |= {"since": state.global_step, "loss": 0.0, "noted": {}}
        told = {PROGRESS: asdict(self.progress), UNLOGGED: unlogged}
        made = (there["model"], there["optimizer"], there["lr_scheduler"])
        if self._bad([p for p in there["model"].parameters() if p.requires_grad]):
            self._refuse(state.global_step, "a weight is not finite")
        whole = put_together(*made[:2], keep=self._team.is_first) if is_sharded(there["model"]) else None
        self._team.first(lambda: self._renew(made, state, told, whole))

    def _renew(self, made: tuple[Any, Any, Any], state: Any, told: Mapping[str, Any], whole: Whole | None) -> None:
        """Write a checkpoint and take away those that are one too many."""
        checkpoint.write(self._folder, *made, state, told, whole)
        for step in checkpoint.steps_kept(self._folder)[: -self._keep]:
            if step != self.progress.best_step:
                shutil.rmtree(checkpoint.at_step(self._folder, step))

    def _bad(self, tensors: Sequence[torch.Tensor]) -> bool:
        """Tell whether a number is not finite, for all processes where each looks at its own shards."""
        bad = not _finite(local(tensors))
        return self._team.agrees(bad) if self._sharded else bad

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
