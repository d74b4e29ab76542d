"""Where a training run stands, on disk: tensors as safetensors, the rest as JSON, replaced in one move."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file


@dataclass
class Progress:
    """How far the run is."""

    step: int = 0
    """Steps done."""
    tokens: int = 0
    """Tokens read so far, padding left out."""
    seconds: float = 0.0
    """Time spent training, interruptions left out."""
    log: list[dict[str, float]] = field(default_factory=list)
    """The loss now and then."""


def save(folder: Path, model: Any, optimizers: list[torch.optim.Optimizer], progress: Progress) -> None:
    """Write a checkpoint; an interrupted one leaves the former in place."""
    tensors = {f"model/{name}": tensor for name, tensor in model.named_parameters()}
    for number, optimizer in enumerate(optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer/{number}/{index}/{key}": value for key, value in state.items()}
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "checkpoint.tmp"
    whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save_file(whole, written, {"progress": json.dumps(asdict(progress))})
    written.replace(folder / "checkpoint.safetensors")


def load(folder: Path, model: Any, optimizers: list[torch.optim.Optimizer]) -> Progress:
    """Restore model and optimizers from the last checkpoint; a fresh `Progress` when there is none."""
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return Progress()
    tensors = load_file(path)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(tensors[f"model/{name}"])
    for number, optimizer in enumerate(optimizers):
        restored = optimizer.state_dict()
        for name, tensor in tensors.items():
            kind, *place = name.split("/")
            if kind == "optimizer" and place[0] == str(number):
                restored["state"].setdefault(int(place[1]), {})[place[2]] = tensor
        optimizer.load_state_dict(restored)
    return Progress(**json.loads(_metadata(path)["progress"]))


def _metadata(path: Path) -> dict[str, str]:
    """Read the JSON texts kept beside the tensors."""
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return dict(header["__metadata__"])
