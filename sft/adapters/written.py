"""Puts an adapter that no training has made into its folder, in one move: weights, PEFT's settings, our record."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from data.store import write_json
from sft.models.publish import weights_of
from sft.models.trained import RECORD
from sft.run.start import SETTINGS

WEIGHTS = "adapter_model.safetensors"
A, B = ".lora_A.weight", ".lora_B.weight"


def write_adapter(
    output: Path, weights: Mapping[str, torch.Tensor], config: Mapping[str, Any], record: Mapping[str, Any]
) -> Path:
    """Return the folder with the adapter, which was not there before; `record` gains the digest of the weights."""
    building = output.with_name(f".{output.name}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    save_file(dict(weights), building / WEIGHTS)
    (building / SETTINGS).write_text(json.dumps(config, indent=2, sort_keys=True), "utf-8")
    write_json(building / RECORD, {**record, **weights_of(building)})
    shutil.copymode(building / RECORD, building / WEIGHTS)
    building.rename(output)
    return output
