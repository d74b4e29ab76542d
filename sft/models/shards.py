"""Writes a model's tensors as safetensors, shard by shard, while they are being made.

The library's own writer takes a whole file's tensors at once, so it would hold a shard, or an embedding larger than
one, in memory. The format is eight bytes of length, a JSON header of names, types, shapes and offsets, and the numbers:
written here in that order, a slice at a time. What is written is read back by the library in the tests.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch

from data.store import write_json
from sft.models.weights import DTYPES, INDEX, SINGLE


@dataclass(frozen=True)
class Layout:
    """How a tensor stands in a file."""

    dtype: str
    """As safetensors names it."""
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return how many bytes it takes."""
        return DTYPES[self.dtype].itemsize * torch.Size(self.shape).numel()


def write_shards(
    folder: Path,
    layouts: Mapping[str, Layout],
    pieces: Callable[[str], Iterable[torch.Tensor]],
    limit: int,
    watch: Callable[[int, int], None],
) -> None:
    """Write every tensor, and the index where there is more than one file.

    Args:
        pieces: the numbers of a tensor by its name, flat and in order, in any number of pieces and any float type.
        limit: the most bytes of a file; a tensor above it has a file of its own.
        watch: called with the number of each file before it is written, and how many there are.
    """
    shards = plan(layouts, limit)
    names: dict[str, str] = {}
    for number, shard in enumerate(shards, 1):
        watch(number, len(shards))
        file = SINGLE if len(shards) == 1 else f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        # The library aligns wider numbers first; readers that map files into memory rely on it.
        shard.sort(key=lambda name: (-DTYPES[layouts[name].dtype].itemsize, name))
        with (folder / file).open("wb") as stream:
            stream.write(header({name: layouts[name] for name in shard}))
            for name in shard:
                _write(stream, name, layouts[name], pieces(name))
        names |= dict.fromkeys(shard, file)
    if len(shards) > 1:
        total = sum(layout.size for layout in layouts.values())
        write_json(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": names})


def plan(layouts: Mapping[str, Layout], limit: int) -> list[list[str]]:
    """Return which tensors stand together, by name and none over the limit but where one alone is."""
    shards: list[list[str]] = []
    room = 0
    for name in sorted(layouts):
        size = layouts[name].size
        if not shards or size > room:
            shards.append([])
            room = limit
        shards[-1].append(name)
        room -= size
    return shards


def header(layouts: Mapping[str, Layout]) -> bytes:
    """Return what a file of these tensors, in this order, begins with."""
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, layout in layouts.items():
        entries[name] = {
            "dtype": layout.dtype,
            "shape": list(layout.shape),
            "data_offsets": [offset, offset + layout.size],
        }
        offset += layout.size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _write(stream: BinaryIO, name: str, layout: Layout, pieces: Iterable[torch.Tensor]) -> None:
    written = 0
    for piece in pieces:
        numbers = piece.to(DTYPES[layout.dtype]).contiguous().reshape(-1).view(torch.uint8).numpy()
        written += stream.write(numbers.data)
    if written != layout.size:
        raise RuntimeError(f"{name}: {written} bytes were made of {layout.size}")
