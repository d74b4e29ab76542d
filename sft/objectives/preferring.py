"""The trainer of preferences: pairs of rows, the chosen one first, in batches that hold both."""

from collections.abc import Sequence
from typing import Any

import torch

from sft.objectives.every import Preference
from sft.objectives.trl_private import Answered
from sft.objectives.weighted import WeightedTrainer


class PreferringTrainer(WeightedTrainer):
    """Lowers the loss of a preference; all else is as with rows."""

    def __init__(self, objective: Preference, **settings: Any) -> None:
        super().__init__(**settings)
        self._objective = objective
        self._reference: torch.Tensor | None = None

    def refer(self, rows: int, batch_size: int) -> None:
        """Keep how likely each row is now, before the first step, to compare with; each process reckons its share."""
        model: Any = self.model
        model.eval()
        here, of = self.accelerator.process_index, self.accelerator.num_processes
        found = torch.zeros(rows, device=self.accelerator.device)
        for begin in range(here * batch_size, rows, of * batch_size):
            numbers = range(begin, min(begin + batch_size, rows))
            batch = self.on_device(self.data_collator([{"rows": [row], "counts": True} for row in numbers]))
            with torch.no_grad(), self.accelerator.autocast():
                found[numbers.start : numbers.stop] = self._answers(model, batch)[0]
        self._reference = self.accelerator.reduce(found).cpu()

    def step_items(self, batches: Sequence[Any]) -> torch.Tensor:
        """Return how many pairs make one optimizer step."""
        return torch.stack([batch["counts"].sum() for batch in batches]).sum() / 2

    def summed(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor, Answered]:
        """Return the sum of the pairs' losses, how many pairs they are, and the answers."""
        log_probs, tokens, answered = self._answers(model, inputs)
        reference = torch.zeros_like(log_probs)
        if self._reference is not None:
            reference = self._reference[inputs["rows"].cpu()].to(log_probs.device)
        losses = self._objective.loss(log_probs.view(-1, 2), tokens.view(-1, 2), reference.view(-1, 2))
        noted = self.noted("train" if model.training else "eval")
        gained = (log_probs - reference).detach().view(-1, 2)
        noted["gained_by_chosen"].append(gained[:, 0].mean().item())
        noted["gained_by_rejected"].append(gained[:, 1].mean().item())
        counts = inputs["counts"].view(-1, 2)[:, 0].to(losses.dtype)
        return (losses * counts).sum(), counts.sum(), answered

    def _answers(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor, Answered]:
        """Return the log-probability and the tokens of each answer."""
        weights = inputs["weights"][:, 1:]
        rest = {name: tensor for name, tensor in inputs.items() if name not in ("weights", "rows", "counts")}
        answered = self.answered(model, rest)
        return (answered.log_probs * weights).sum(dim=1), weights.sum(dim=1), answered
