"""Puts any number of rows in one order in bounded memory: sorted runs on disk, then a merge.

The order is total (a row's digest is its last key), so it does not matter how the rows came: in which chunks, from
how many workers, in which sequence.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from data.columns import CONTROL_KIND, CONTROL_VALUE, METHOD, PROBLEM_ID, SAMPLE, TRACE_ID
from data.dataset.digest import ROW_DIGEST

RUN_BYTES = 128 << 20
"""Rows held while a run fills up; sorting them takes as much again."""

BATCH_ROWS = 256
"""Rows of a batch of a run: the least that each run holds in memory while runs are merged."""

MERGE_ROWS = 16_384
"""Rows that all runs together hold while merged, unless a batch each is more."""

_KEYS: list[tuple[str, Literal["ascending"]]] = [
    (field.name, "ascending")
    for field in (PROBLEM_ID, METHOD, SAMPLE, TRACE_ID, CONTROL_KIND, CONTROL_VALUE, ROW_DIGEST)
]


def spill(tables: Iterable[pa.Table], folder: Path, run_bytes: int = RUN_BYTES) -> list[Path]:
    """Write the rows (each with its digest) as sorted runs into `folder`; return the runs' paths."""
    folder.mkdir(parents=True)
    return [
        _write_run(rows, folder / f"run-{number:06d}.arrow") for number, rows in enumerate(_gathered(tables, run_bytes))
    ]


def merged(runs: Sequence[Path]) -> Iterator[pa.Table]:
    """Yield the rows of all runs in order, in tables of no particular size."""
    batches = max(1, MERGE_ROWS // (BATCH_ROWS * max(1, len(runs))))
    cursors = [_Cursor(run, batches) for run in runs]
    while cursors := [cursor for cursor in cursors if cursor.fill()]:
        # A run may go on with the last problem it shows, so only earlier problems are known whole.
        bound = min((cursor.last for cursor in cursors if not cursor.ended), default=None)
        ready = pa.concat_tables([cursor.take_before(bound) for cursor in cursors])
        if ready.num_rows:
            yield _sorted(ready)
        for cursor in cursors:
            if cursor.rows.num_rows and cursor.last == bound:
                cursor.more()


class _Cursor:
    """A place in a run: the rows read and not yet taken."""

    def __init__(self, run: Path, batches: int) -> None:
        self._at_once = batches
        self._batches = iter(pa.ipc.open_stream(pa.OSFile(str(run), "rb")))
        self.rows = pa.table({})
        self.ended = False

    @property
    def last(self) -> str:
        """The problem of the last row that was read."""
        return str(self.rows.column(PROBLEM_ID.name)[-1].as_py())

    def fill(self) -> bool:
        """Read on where nothing is left; tell whether there are rows."""
        if not self.rows.num_rows:
            self.more()
        return self.rows.num_rows > 0

    def more(self) -> None:
        """Read some more batches, if there are any."""
        batches = list(islice(self._batches, self._at_once))
        if not batches:
            self.ended = True
            return
        rows = pa.Table.from_batches(batches)
        self.rows = pa.concat_tables([self.rows, rows]) if self.rows.num_rows else rows

    def take_before(self, bound: str | None) -> pa.Table:
        """Take the rows of problems before `bound` (all rows, if None)."""
        if bound is None:
            count = self.rows.num_rows
        else:
            earlier = pc.less(self.rows.column(PROBLEM_ID.name), pa.scalar(bound))
            count = self.rows.filter(earlier).num_rows
        taken, self.rows = self.rows.slice(0, count), self.rows.slice(count)
        return taken


def _gathered(tables: Iterable[pa.Table], run_bytes: int) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    size = 0
    for table in tables:
        held.append(table)
        size += table.nbytes
        if size >= run_bytes:
            yield pa.concat_tables(held)
            held, size = [], 0
    if held:
        yield pa.concat_tables(held)


def _write_run(rows: pa.Table, path: Path) -> Path:
    with pa.ipc.new_stream(str(path), rows.schema) as run:
        run.write_table(_sorted(rows), max_chunksize=BATCH_ROWS)
    return path


def _sorted(rows: pa.Table) -> pa.Table:
    return rows.take(pc.sort_indices(rows, sort_keys=_KEYS))
