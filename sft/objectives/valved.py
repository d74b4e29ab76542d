"""The trainer of rows that each have a share of the update: the output of every LoRA is scaled row by row."""

from typing import Any

import torch

from data.errors import ConfigError
from sft.objectives.trl_private import Answered
from sft.objectives.weighted import WeightedTrainer

LORA_A, LORA_B = ".lora_A.", ".lora_B."


class Valved:
    """A LoRA model whose update counts `betas` times, row by row of a batch.

    LoRA adds B(A(x)) to what the base says, so beta times the output of B is what the adapter scaled by beta adds.
    """

    def __init__(self, model: torch.nn.Module) -> None:
        """Hook every LoRA of the model.

        Raises:
            ConfigError: something else is trained, which would not be scaled.
        """
        others = [
            name
            for name, parameter in model.named_parameters()
            if parameter.requires_grad and LORA_A not in name and LORA_B not in name
        ]
        if others:
            raise ConfigError(
                f"schedule valve: {len(others)} trained weights are not those of a LoRA's linear layers and cannot be "
                f"scaled for each row ({', '.join(others[:3])}); leave added tokens out of the rows and embeddings "
                "out of `adapter.targets`"
            )
        self.betas: torch.Tensor | None = None
        """Of the rows of the batch; they stay until the next one, for activations may be computed again."""
        for name, module in model.named_modules():
            if LORA_B in name:
                module.register_forward_hook(self._scaled)

    def _scaled(self, module: torch.nn.Module, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        if self.betas is None:
            return output
        if output.dim() < 3 or len(output) != len(self.betas):
            raise ConfigError(
                f"schedule valve: a layer of this base gives {tuple(output.shape)} for {len(self.betas)} rows and does "
                "not tell rows apart (experts do not); name others in `adapter.targets`"
            )
        return output * self.betas.view(-1, *[1] * (output.dim() - 1)).to(output)


class ValvedTrainer(WeightedTrainer):
    """Trains each row with its share of the update; all else is as with rows."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        model: Any = self.model
        self._valved = Valved(model)

    def summed(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor, Answered]:
        """Return what `WeightedTrainer` does, for a model opened row by row."""
        self._valved.betas = inputs["betas"]
        return super().summed(model, {name: tensor for name, tensor in inputs.items() if name != "betas"})
