"""What a conversion has written, in lines."""

from collections.abc import Iterator
from pathlib import Path

from data.store import read_json
from flows.terminal import harmless
from flows.wording import size
from sft.models.trained import RECORD


def model_lines(folder: Path) -> Iterator[str]:
    """Yield where a whole model is, how large it is, and in what its sources differ."""
    for told in read_json(folder / RECORD).get("merged", {}).get("differences", ()):
        yield f"The first model's is kept: {harmless(told)}"
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    yield f"Model: {folder} ({size(weights)})"
    yield f"Its card is README.md; measure it with `engine: {{kind: local, model: {folder}}}` (docs/measuring.md)"


def adapter_lines(folder: Path, alpha: float) -> Iterator[str]:
    """Yield where an adapter is, and how many times its update counts."""
    yield f"Adapter: {folder}, its update {alpha:g} times\nMeasure it with `adapter: {folder}` (docs/measuring.md)"
