"""Writes the rows of one config, in order, to its splits; counts, measures and digests them on the way.

A split without rows gets no folder, and a config without rows gets none: `load_dataset` cannot load a split that is
empty ("corresponds to no data", datasets 5.2), so an empty one would make its whole config unloadable.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from data.columns import PROBLEM_ID, QUESTION
from data.dataset.digest import ROW_DIGEST, Digest
from data.dataset.lengths import Lengths, count_lengths, lengths_of
from data.dataset.manifest import Split
from data.dataset.shards import SplitWriter, index_text, write_text
from data.dataset.splits import Splits, split_of
from data.table import values


class ConfigWriter:
    """Writes a config as a saved `DatasetDict`."""

    def __init__(self, folder: Path, schema: pa.Schema, splits: Splits) -> None:
        self._folder = folder
        self._splits = splits
        self._parts = {name: _Part(folder / name, schema) for name in splits.shares}
        self._tokens: Counter[int] = Counter()

    @property
    def lengths(self) -> Lengths:
        """Lengths of the chains of thought written."""
        return lengths_of(self._tokens)

    def write(self, tables: Iterable[pa.Table]) -> dict[str, Split]:
        """Write all rows, which come ordered by problem; return what each split got."""
        for rows in tables:
            self._tokens += count_lengths(rows)
            questions = values(rows, QUESTION)
            splits_of = {question: split_of(question, self._splits) for question in set(questions)}
            dealt = pa.array([splits_of[question] for question in questions], pa.string())
            for name, part in self._parts.items():
                part.add(rows.filter(pc.equal(dealt, pa.scalar(name))))
        splits = {name: part.close() for name, part in self._parts.items()}
        if any(split.rows for split in splits.values()):
            filled = [name for name, split in splits.items() if split.rows]
            write_text(self._folder / "dataset_dict.json", index_text(filled))
        return splits


class _Part:
    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder = folder
        self._schema = schema
        self._writer: SplitWriter | None = None
        self._digest = Digest(schema)
        self._problems = 0
        self._last: str | None = None

    def add(self, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        problems = rows.column(PROBLEM_ID.name).unique().to_pylist()
        self._problems += len(problems) - (problems[0] == self._last)
        self._last = problems[-1]
        self._digest.update(values(rows, ROW_DIGEST))
        self._writer = self._writer or SplitWriter(self._folder, self._schema)
        self._writer.add(rows.drop_columns([ROW_DIGEST.name]))

    def close(self) -> Split:
        digest = self._digest.hexdigest()
        if self._writer is not None:
            self._writer.close(digest)
        return Split(rows=self._digest.rows, problems=self._problems, digest=digest)
