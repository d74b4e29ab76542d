"""Writes the rows that left, with their reasons, as Parquet; counts them by method and reason."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data.columns import DETAIL, DROPPED, METHOD, PROBLEM_ID, TRAINING
from data.dataset.digest import ROW_DIGEST, Digest, row_digests
from data.dataset.manifest import Rejected
from data.dataset.order import merged, spill
from data.dataset.shards import rechunked
from data.table import conform, values, with_column

FIELDS = (*TRAINING, DROPPED, DETAIL)
"""What a rejected row holds; null is what it never came to have."""

FILE = "rejected.parquet"
NO_METHOD = "none"
NO_REASON = "unstated"
PIECE_ROWS = 10_000
GROUP_ROWS = 4096
"""Rows of a Parquet row group."""


def write_rejected(folder: Path, tables: Iterable[pa.Table], scratch: Path) -> Rejected:
    """Write `rejected.parquet`, in the order of the configs, and return what there is."""
    schema = pa.schema(list(FIELDS))
    folder.mkdir(parents=True)
    digest, reasons = Digest(schema), Counter[tuple[str, str]]()
    with pq.ParquetWriter(folder / FILE, schema, compression="zstd") as file:
        for rows in _grouped(merged(spill(_digested(tables), scratch))):
            digest.update(values(rows, ROW_DIGEST))
            reasons += count_reasons(rows)
            file.write_table(rows.drop_columns([ROW_DIGEST.name]).combine_chunks(), row_group_size=GROUP_ROWS)
    return Rejected(rows=digest.rows, digest=digest.hexdigest(), reasons=nested(reasons))


def read_rejected(folder: Path) -> Iterator[pa.Table]:
    """Yield the rejected rows group by group."""
    with pq.ParquetFile(folder / FILE) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group)


def _digested(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    for table in tables:
        for piece in rechunked(table, PIECE_ROWS):
            rows = conform(piece, FIELDS)
            # A row that was refused as it was read has no problem; the order needs text.
            rows = with_column(rows, PROBLEM_ID, [problem or "" for problem in values(rows, PROBLEM_ID)])
            yield with_column(rows, ROW_DIGEST, row_digests(rows))


def _grouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    held: pa.Table | None = None
    for table in tables:
        held = pa.concat_tables([held, table]) if held is not None else table
        whole = held.num_rows - held.num_rows % GROUP_ROWS
        yield from rechunked(held.slice(0, whole), GROUP_ROWS)
        held = held.slice(whole)
    if held is not None and held.num_rows:
        yield held


def count_reasons(rows: pa.Table) -> Counter[tuple[str, str]]:
    """Count rows by method and reason."""
    pairs = zip(values(rows, METHOD), values(rows, DROPPED), strict=True)
    return Counter((method or NO_METHOD, reason or NO_REASON) for method, reason in pairs)


def nested(counts: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Return the counts as the manifest tells them: by method, then by reason."""
    methods = sorted({method for method, _ in counts})
    return {m: {reason: n for (method, reason), n in sorted(counts.items()) if method == m} for m in methods}
