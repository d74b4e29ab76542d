"""How many parameters a model in a folder has, read from the headers of its weights."""

import json
from math import prod
from pathlib import Path

from pipelines.measure.run_file import Model
from stages.engines.engine import EngineSpec
from stages.engines.local.local import Local

LENGTH_BYTES = 8
"""A safetensors file begins with the length of its JSON header."""


def billion_parameters(model: Model, engine: EngineSpec | None) -> float | None:
    """Return what the run file says, else what a local model's folder holds; None where neither is known."""
    if model.billion_parameters is not None:
        return model.billion_parameters
    if not isinstance(engine, Local) or not Path(engine.model).expanduser().is_dir():
        return None
    files = Path(engine.model).expanduser().glob("*.safetensors")
    return sum(_parameters(path) for path in sorted(files)) / 1e9


def _parameters(path: Path) -> int:
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(LENGTH_BYTES), "little")))
    return sum(prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
