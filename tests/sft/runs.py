"""Cut a run off, and compare what runs ended in."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file


class Cut(Exception):
    """The run is cut off."""


def cut_after(step: int, stage: str = "") -> Callable[[Mapping[str, Any]], None]:
    def watch(line: Mapping[str, Any]) -> None:
        if line["step"] >= step and stage in line["stage"]:
            raise Cut

    return watch


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {
        name: tensor for path in sorted(folder.glob("*model*.safetensors")) for name, tensor in load_file(path).items()
    }


def same(one: Path, other: Path) -> bool:
    ours, theirs = weights(one), weights(other)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def logged(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the log that tell a loss."""
    lines = (folder / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines()
    return [found for found in map(json.loads, lines) if "loss" in found]


def losses(folder: Path) -> list[tuple[int, float]]:
    return [(found["step"], found["loss"]) for found in logged(folder)]
