"""TRL's trainer with a weight for each token: a token of weight 2 counts as two in the mean of the loss."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from transformers.trainer_utils import EvalLoopOutput

from sft.objectives.trl_private import Answered, PrivateTrainer


class WeightedTrainer(PrivateTrainer):
    """Trains on rows that are tokens already; all else is TRL's."""

    def step_items(self, batches: Sequence[Any]) -> torch.Tensor:
        """Return the sum of the weights of all batches that make one optimizer step."""
        return torch.stack([batch["weights"][:, 1:].sum() for batch in batches]).sum()

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the weighted mean of the losses; of a step's, where its items were counted over all its batches."""
        loss, items, outputs = self.summed(model, inputs)
        if num_items_in_batch is not None:
            # Gradients are averaged over the processes, and the items are those of all of them.
            loss, items = loss * self.accelerator.num_processes, num_items_in_batch
        loss = loss / items.clamp(min=torch.finfo(loss.dtype).tiny)
        return (loss, outputs) if return_outputs else loss

    def summed(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor, Answered]:
        """Return the weighted sum of the tokens' negative log-likelihood, the sum of the weights, and the answers."""
        weights = inputs["weights"][:, 1:]
        rest = {name: tensor for name, tensor in inputs.items() if name != "weights"}
        answered = self.answered(model, rest)
        self._note(model, answered, rest, weights)
        return -(answered.log_probs * weights).sum(), weights.sum(), answered

    def evaluation_loop(
        self,
        dataloader: Any,
        description: str,
        prediction_loss_only: bool | None = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> EvalLoopOutput:
        """Return the weighted mean over all held-out rows, however many processes and batches they are split into."""
        model: Any = self.model
        model.eval()
        sums = torch.zeros(2, dtype=torch.float64, device=self.accelerator.device)
        for batch in dataloader:
            with torch.no_grad(), self.compute_loss_context_manager():
                loss, items, _ = self.summed(model, self.on_device(batch))
            sums += torch.stack([loss, items]).double()
        loss, items = self.accelerator.reduce(sums).tolist()
        return EvalLoopOutput(np.empty(0), None, {f"{metric_key_prefix}_loss": loss / items}, len(dataloader.dataset))

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Tell what was noted in all processes."""
        model: Any = self.model
        noted = self.noted("train" if model.training else "eval")
        if noted and self.accelerator.num_processes > 1:
            told = self._over_all([sum(values) / len(values) for values in noted.values()])
            noted.update({name: [mean] for name, mean in zip(list(noted), told, strict=True)})
        super().log(logs, start_time)

    def unlogged(self) -> dict[str, Any]:
        """Return what the next line of the log has been reckoned from so far, the same in all processes."""
        since, *here = self.log_position()
        loss, tokens = self._over_all(here)
        noted = {name: self._over_all(values) for name, values in self.noted("train").items()}
        return {"since": since, "loss": loss, "tokens": int(tokens), "noted": noted}

    def go_on_logging(self, unlogged: Mapping[str, Any]) -> None:
        """Reckon the next line of the log from this too."""
        self.go_on_from(unlogged["since"], unlogged["loss"], unlogged["tokens"])
        for name, values in unlogged["noted"].items():
            self.noted("train")[name].extend(values)

    def _over_all(self, values: Sequence[float]) -> list[float]:
        """Return the mean of each value over the processes."""
        if self.accelerator.num_processes == 1:
            return list(values)
        here = torch.tensor(values, dtype=torch.float64, device=self.accelerator.device)
        return list(self.accelerator.reduce(here, reduction="mean").tolist())

    def _note(self, model: Any, answered: Answered, inputs: Any, weights: torch.Tensor) -> None:
        """Keep how many tokens were read and the share of trained ones that were the likeliest, for the log."""
        trained = (weights > 0).sum().clamp(min=1)
        noted = self.noted("train" if model.training else "eval")
        noted["token_accuracy"].append((answered.is_top1.sum() / trained).item())
        if model.training:
            # A mean is taken over the processes, and this is a sum.
            self.note_tokens(int(inputs["input_ids"].numel()) * self.accelerator.num_processes)
