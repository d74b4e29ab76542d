"""Puts an adapter that no training has made into its folder, in one move: weights, PEFT's settings, record, card."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from sft.models.whole import aside, close, copy_tokenizer
from sft.run.start import SETTINGS

WEIGHTS = "adapter_model.safetensors"
A, B = ".lora_A.weight", ".lora_B.weight"


def write_adapter(
    output: Path,
    weights: Mapping[str, torch.Tensor],
    config: Mapping[str, Any],
    record: Mapping[str, Any],
    page: str,
    *,
    tokenizer: Path | None = None,
) -> Path:
    """Return the folder with the adapter, which was not there before; `record` gains the digest of the weights.

    Args:
        page: its card.
        tokenizer: a folder whose tokenizer, where it has one, goes with the adapter.
    """
    with aside(output) as building:
        save_file(dict(weights), building / WEIGHTS)
        (building / SETTINGS).write_text(json.dumps(config, indent=2, sort_keys=True), "utf-8")
        if tokenizer is not None:
            copy_tokenizer(tokenizer, building)
        close(building, record, page)
    return output
