"""Puts a trained model into the folder it is taken from: weights, tokenizer, record and card, in one move."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.disk import file_digest
from data.store import write_json
from sft.models.card import card
from sft.models.trained import RECORD

WEIGHTS = ("adapter_config.json", "adapter_model*", "config.json", "generation_config.json", "model*.safetensors*")


def publish(folder: Path, taken: Path, tokenizer: Any, record: dict[str, Any]) -> Path:
    """Return the folder with the model; one that is there is left alone, and its card with it."""
    if folder.is_dir():
        return folder
    building = folder.with_name(f".{folder.name}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    for path in sorted(path for pattern in WEIGHTS for path in taken.glob(pattern)):
        _link(path, building / path.name)
    tokenizer.save_pretrained(building)
    record |= weights_of(building)
    write_json(building / RECORD, record)
    (building / "README.md").write_text(card(record), "utf-8")
    for path in building.glob("*.safetensors"):
        shutil.copymode(building / RECORD, path)  # safetensors lets nobody else read what it writes
    building.rename(folder)
    return folder


def weights_of(folder: Path) -> Mapping[str, Any]:
    """Return what names the weights of a folder."""
    return {"weights": {path.name: file_digest(path) for path in sorted(folder.glob("*.safetensors"))}}


def _link(path: Path, place: Path) -> None:
    """Give a file a second name, or copy it where the disk knows none."""
    try:
        os.link(path, place)
    except OSError:
        shutil.copyfile(path, place)
