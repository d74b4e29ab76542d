"""Where a training run stands, on disk: weights and optimizer as safetensors, the rest as JSON, no pickle.

A checkpoint is written beside its place and renamed, so one that is there is whole; it holds all that the next step
depends on, and a resumed run ends in the very bits of one that was never broken. Chance is no part of it: each step
draws from a seed of its own.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from data.disk import sync, sync_tree
from data.errors import TrainingError
from data.store import read_json, write_json
from sft.models.sharded import Whole, shard_state

PREFIX = "checkpoint-"
NUMBERS = "optimizer_numbers"
"""What an optimizer keeps beside tensors, as those of bitsandbytes count their steps."""
STATE = "trainer_state.json"
"""What `transformers` reads to know how many steps are done."""


def steps_kept(folder: Path) -> list[int]:
    """Return the steps of the checkpoints in a folder, rising."""
    return sorted(step_of(path) for path in folder.glob(f"{PREFIX}[0-9]*"))


def step_of(place: Path) -> int:
    """Return the step of a checkpoint."""
    return int(place.name.removeprefix(PREFIX))


def at_step(folder: Path, step: int) -> Path:
    """Return where the checkpoint of a step lies."""
    return folder / f"{PREFIX}{step:07d}"


def write(
    folder: Path,
    model: Any,
    optimizer: Any,
    scheduler: Any,
    state: Any,
    told: Mapping[str, Any],
    whole: Whole | None = None,
) -> Path:
    """Write the checkpoint of the step that was just done.

    Args:
        whole: what model and optimizer hold, where either is sharded.
        told: what else a run keeps of itself, by name.

    Raises:
        TrainingError: it cannot be written, the disk being full most likely; the ones before are left as they are.
    """
    place = at_step(folder, state.global_step)
    building = folder / ".building"
    shutil.rmtree(building, ignore_errors=True)
    try:
        save_model(building, model, whole)
        tensors, numbers = _parted(optimizer.state_dict()["state"] if whole is None else whole.optimizer)
        save_file(_apart(tensors), building / "optimizer.safetensors")
        groups = {"optimizer": optimizer.state_dict()["param_groups"], "scheduler": scheduler.state_dict()}
        groups |= {NUMBERS: numbers} if numbers else {}
        (building / "progress.json").write_text(json.dumps({**groups, **told}), "utf-8")
        state.save_to_json(str(building / STATE))
        sync_tree(building)
        building.rename(place)
        sync(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(building, ignore_errors=True)
        kept = steps_kept(folder)
        last = f"step {kept[-1]:,} is kept in {at_step(folder, kept[-1])}" if kept else "there is none before it"
        raise TrainingError(
            f"the checkpoint of step {state.global_step:,} cannot be written: {error}; {last}; "
            "make room and run the same command again"
        ) from error
    return place


def save_model(folder: Path, model: Any, whole: Whole | None = None) -> None:
    """Write an adapter, or a whole model, as safetensors; of a sharded one, its weights as they were put together."""
    # New embedding rows are in the adapter already; PEFT would else look for the base on the Hub and save all rows.
    adapter = {"save_embedding_layers": False} if isinstance(model, PeftModel) else {}
    weights = {} if whole is None else {"state_dict": dict(whole.weights)}
    model.save_pretrained(folder, **adapter, **weights)
    (folder / "README.md").unlink(missing_ok=True)
    if adapter:
        # PEFT writes a set in any order.
        settings = read_json(folder / "adapter_config.json")
        write_json(folder / "adapter_config.json", settings | {"target_modules": sorted(settings["target_modules"])})


def restore(folder: Path, optimizer: Any, scheduler: Any) -> None:
    """Put optimizer and learning rate back to where they were."""
    told = read_json(folder / "progress.json")
    state: dict[int, dict[str, Any]] = {}
    for name, value in {**load_file(folder / "optimizer.safetensors"), **told.get(NUMBERS, {})}.items():
        number, *above, key = name.split(".")
        entry = state.setdefault(int(number), {})
        for part in above:
            entry = entry.setdefault(part, {})
        entry[key] = value
    optimizer.load_state_dict({"state": shard_state(optimizer, state), "param_groups": told["optimizer"]})
    scheduler.load_state_dict(told["scheduler"])


def told_in(folder: Path, name: str) -> dict[str, Any]:
    """Return what the run kept of itself in a checkpoint under this name."""
    return dict(read_json(folder / "progress.json")[name])


def _parted(state: Mapping[Any, Any], under: str = "") -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return the tensors and the plain numbers of an optimizer's state by their paths; 8-bit ones nest both."""
    tensors: dict[str, torch.Tensor] = {}
    numbers: dict[str, Any] = {}
    for key, value in state.items():
        if isinstance(value, Mapping):
            below = _parted(value, f"{under}{key}.")
            tensors |= below[0]
            numbers |= below[1]
        elif isinstance(value, torch.Tensor):
            tensors[f"{under}{key}"] = value.detach().cpu().contiguous()
        else:
            numbers[f"{under}{key}"] = value
    return tensors, numbers


def _apart(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return tensors of which no two share memory, as safetensors asks; 8-bit optimizers have one map for all."""
    taken: set[int] = set()
    apart: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        apart[name] = tensor.clone() if tensor.data_ptr() in taken else tensor
        taken.add(tensor.data_ptr())
    return apart
