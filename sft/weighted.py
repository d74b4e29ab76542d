"""TRL's trainer with a weight for each token: a token of weight 2 counts as two in the mean of the loss."""

from collections.abc import Sequence
from typing import Any

import torch
from trl.trainer.sft_trainer import SFTTrainer


class WeightedTrainer(SFTTrainer):
    """Trains on rows that are tokens already; all else is TRL's."""

    loss_is_scaled_for_ga = True  # type: ignore[assignment]  # trl says None, transformers bool

    def _get_num_items_in_batch(self, batch_samples: Sequence[Any], device: torch.device) -> torch.Tensor:
        """Return the sum of the weights of all batches that make one optimizer step."""
        parts = [batch["weights"][:, 1:].sum() for batch in batch_samples]
        total = torch.stack(parts).sum().to(device)
        return self.accelerator.gather(total).sum() if self.args.world_size > 1 else total

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the weighted mean of the tokens' negative log-likelihood."""
        weights = inputs["weights"][:, 1:]
        rest = {name: tensor for name, tensor in inputs.items() if name != "weights"}
        outputs = model(**rest, use_cache=False, fused_lm_head=True)
        total = weights.sum() if num_items_in_batch is None else num_items_in_batch
        loss = -(outputs.log_probs * weights).sum() / total.clamp(min=torch.finfo(weights.dtype).tiny)
        self._note(model, outputs, rest, weights)
        loss = loss if num_items_in_batch is None else loss * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss

    def _note(self, model: Any, outputs: Any, inputs: Any, weights: torch.Tensor) -> None:
        """Keep how many tokens were read and the share of trained ones that were the likeliest, for the log."""
        mode = "train" if model.training else "eval"
        trained = (weights > 0).sum().clamp(min=1)
        self._metrics[mode]["token_accuracy"].append((outputs.is_top1.sum() / trained).item())
        if mode == "train":
            self._total_train_tokens += int(inputs["input_ids"].numel())
            self._metrics[mode]["num_tokens"] = [self._total_train_tokens]

    def _send_telemetry(self) -> None:
        """Tell nobody."""
