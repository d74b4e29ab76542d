"""Tokens of rows in a file that is mapped: eight bytes a token on disk, and of private memory what is looked at."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from sft.rows.labels import Labelled

TYPES: dict[str, pa.DataType] = {"ids": pa.list_(pa.int32()), "weights": pa.list_(pa.float32()), "beta": pa.float32()}
SCHEMA = pa.schema(TYPES)
BATCH_TOKENS = 1 << 20
"""Tokens that are written together."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of rows, by number."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getitem__(self, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        ids, weights = (self.table.column(name)[row].values.to_numpy() for name in ("ids", "weights"))
        return ids, weights

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """The length of each row."""
        return np.asarray(pc.list_value_length(self.table.column("ids")).to_numpy(), np.int64)

    @cached_property
    def betas(self) -> npt.NDArray[np.float32] | None:
        """The share of the update that each row is trained with, where a schedule says."""
        column = self.table.column("beta")
        return None if column.null_count == len(column) else np.asarray(column.to_numpy(), np.float32)


def write_tokens(rows: Iterable[Labelled], path: Path) -> None:
    """Write rows into a file in one pass."""
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, SCHEMA) as writer:
        for batch in _batches(rows):
            writer.write_batch(_record(batch))


def map_tokens(path: Path) -> Tokens:
    """Return the rows of a file, which stay in it."""
    return Tokens(pa.ipc.open_file(pa.memory_map(str(path))).read_all())


def _batches(rows: Iterable[Labelled]) -> Iterator[Sequence[Labelled]]:
    held, tokens = list[Labelled](), 0
    for row in rows:
        held.append(row)
        tokens += len(row.input_ids)
        if tokens >= BATCH_TOKENS:
            yield held
            held, tokens = [], 0
    if held:
        yield held


def _record(rows: Sequence[Labelled]) -> pa.RecordBatch:
    columns: dict[str, Any] = {
        "ids": [row.input_ids for row in rows],
        "weights": [row.weights for row in rows],
        "beta": [row.beta for row in rows],
    }
    return pa.RecordBatch.from_pydict(columns, schema=SCHEMA)
