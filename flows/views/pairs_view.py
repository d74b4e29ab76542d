"""What came of pairing, in lines."""

from collections.abc import Iterator
from pathlib import Path

from data.store import read_json
from flows.wording import counted
from pipelines.exports.preferences import COUNTS


def pair_lines(folder: Path) -> Iterator[str]:
    """Yield how many pairs each split has, what is in none, and how to load them."""
    for split, told in read_json(folder / COUNTS).items():
        left = f"; rows in none: {counted(told['left_out'])}" if told["left_out"] else ""
        yield f"{split}: {told['pairs']:,} pairs{left}"
    yield f"Pairs: {folder}\nLoad them with datasets.load_dataset({str(folder)!r})"
