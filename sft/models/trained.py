"""What training ended in, as its folder tells it; reading it loads nothing that trains."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.store import read_json

MODEL = "model"
"""Folder of the trained model; there once all stages are done."""
RECORD = "training.json"
"""Beside every trained model: what it was trained from, and how."""
CLOSED = "stage.json"
"""Beside the checkpoints of a stage that is done."""


class TrainingStopped(Exception):
    """Somebody wished training to stop; a checkpoint of the last step is kept and the same run goes on from it."""


@dataclass(frozen=True)
class Trained:
    """What training ended in."""

    folder: Path
    """The adapter, or the whole model: what PEFT or transformers loads."""
    stages: Sequence[Path]
    """The checkpoint each stage ended in, likewise."""
    record: Mapping[str, Any]
    """What `training.json` says."""


def read_trained(output: Path) -> Trained:
    """Return what a training that is done left in its folder."""
    closed = sorted(output.glob(f"stage-*/{CLOSED}"))
    taken = [path.parent / str(read_json(path)["taken"]) for path in closed]
    return Trained(output / MODEL, taken, read_json(output / MODEL / RECORD))
