"""The weights of a model's files, read a slice at a time; nothing of a model is loaded for it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from transformers import AutoConfig, AutoModelForCausalLM

from data.errors import ArtifactError
from data.store import read_json

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
DTYPES: Mapping[str, torch.dtype] = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16} | {
    "BF16": torch.bfloat16
}
"""What numbers can be added in, by safetensors' names; any other is a quantised weight or no number at all."""


class Weights:
    """The tensors of a model's files, each read when it is asked for, as float32.

    Raises:
        ArtifactError: a file is damaged, or one that the index names is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file: dict[str, Path] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtypes: dict[str, str] = {}
        self._alias: dict[str, str] = {}
        for path in weight_files(folder):
            try:
                with safe_open(path, "pt") as file:
                    for name in file.keys():  # noqa: SIM118 - no mapping
                        piece = file.get_slice(name)
                        self.file[name], self.dtypes[name] = path, str(piece.get_dtype())
                        self.shapes[name] = tuple(piece.get_shape())
            except SafetensorError as error:
                raise ArtifactError(f"{path}: damaged ({error}); fetch or save the model again") from error

    def __getitem__(self, name: str) -> torch.Tensor:
        with safe_open(self.file[name], "pt") as file:
            tensor: torch.Tensor = file.get_tensor(self._alias.get(name, name))
        return tensor.float()

    def alias(self, name: str, of: str) -> None:
        """Let a tensor be read under another name too."""
        self.file[name], self.shapes[name], self.dtypes[name] = self.file[of], self.shapes[of], self.dtypes[of]
        self._alias[name] = of

    def drop(self, name: str) -> None:
        """Leave a tensor out, where there is one of this name."""
        for held in (self.file, self.shapes, self.dtypes):
            held.pop(name, None)

    def slices(self, name: str, elements: int) -> Iterator[torch.Tensor]:
        """Yield a tensor as float32 in flat pieces of whole rows, each of about so many elements at most."""
        shape, there = self.shapes[name], self._alias.get(name, name)
        with safe_open(self.file[name], "pt") as file:
            if len(shape) < 2:
                yield file.get_tensor(there).float().reshape(-1)
                return
            rows = max(1, elements // max(1, torch.Size(shape[1:]).numel()))
            piece = file.get_slice(there)
            for first in range(0, shape[0], rows):
                yield piece[first : first + rows].float().reshape(-1)


def weight_files(folder: Path) -> list[Path]:
    """Return the files that hold a model's weights: those its index names, the single one, or all there are.

    A folder may hold the same weights twice (Mistral's `consolidated.safetensors`), and adapters beside them.

    Raises:
        ArtifactError: a file of the index is not there.
    """
    if (folder / INDEX).is_file():
        listed = read_json(folder / INDEX).get("weight_map", {})
        names = sorted({Path(str(name)).name for name in listed.values()})
        if lacking := [name for name in names if not (folder / name).is_file()]:
            raise ArtifactError(*(f"{folder}: {name} of its index is not there; fetch it again" for name in lacking))
        return [folder / name for name in names]
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    return sorted(folder.glob("*.safetensors"))


def skeleton(folder: Path) -> Any:
    """Return the model of a folder without its weights.

    Raises:
        ArtifactError: its configuration is of no language model that transformers knows without code from elsewhere.
    """
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        with torch.device("meta"):
            return AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        told = " ".join(str(error).split())[:300]
        raise ArtifactError(f"{folder}: no language model that transformers knows: {told}") from error


def ends(model: Any) -> tuple[str, str | None]:
    """Return the names of the embedding's weight and of the head's."""
    names = {id(module): name for name, module in model.named_modules()}
    head = model.get_output_embeddings()
    return f"{names[id(model.get_input_embeddings())]}.weight", None if head is None else f"{names[id(head)]}.weight"


def is_tied(model: Any) -> bool:
    """Tell whether a model's head is its embedding."""
    return bool(getattr(model.config.get_text_config(), "tie_word_embeddings", False))
