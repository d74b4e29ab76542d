"""The first step: read problems or traces, put the rows of a problem side by side, cut them into parts.

Rows are spread over buckets by the beginning of their problem id and each bucket is sorted, so that memory holds one
bucket however large the input, and the order of the parts is that of the problem ids: as good as shuffled, and the
same on every machine. A build that a limit ends early has thus seen a fair sample.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc

from data.columns import PROBLEM_ID
from data.store import Artifact
from data.table import conform, split_dropped, values
from pipelines.execute.worker import REJECTED

ID_PREFIX = 2
"""Hex digits of the problem id that name a bucket: 256 of them."""


def write_parts(tables: Iterable[pa.Table], artifact: Artifact, block: int) -> list[int]:
    """Write the rows of a source as parts of `block` problems and return the numbers of the parts."""
    parts: list[int] = []
    with TemporaryDirectory(prefix="varicot-") as folder:
        kept, gone = _spill(tables, Path(folder))
        for rows in _blocks(kept, block):
            artifact.write(len(parts), rows, pa.schema(list(REJECTED)).empty_table(), {})
            parts.append(len(parts))
        for rejected in gone:
            empty = artifact.read(0).slice(0, 0) if parts and parts[0] == 0 else rejected.slice(0, 0)
            artifact.write(len(parts), empty, conform(rejected, REJECTED), {})
            parts.append(len(parts))
    return parts


def _spill(tables: Iterable[pa.Table], folder: Path) -> tuple[list[Path], list[pa.Table]]:
    gone: list[pa.Table] = []
    with ExitStack() as files:
        writers: dict[str, pa.ipc.RecordBatchFileWriter] = {}
        for table in tables:
            rows, rejected = split_dropped(table)
            if rejected.num_rows:
                gone.append(rejected)
            prefixes = pc.utf8_slice_codeunits(rows.column(PROBLEM_ID.name), 0, ID_PREFIX)
            for prefix in sorted({str(found) for found in prefixes.to_pylist()}):
                if prefix not in writers:
                    path = folder / f"{prefix}.arrow"
                    writers[prefix] = files.enter_context(pa.ipc.new_file(str(path), rows.schema))
                writers[prefix].write_table(rows.filter(pc.equal(prefixes, pa.scalar(prefix))))
    return sorted(folder.glob("*.arrow")), gone


def _blocks(buckets: Iterable[Path], block: int) -> Iterator[pa.Table]:
    """Yield tables of `block` problems each, in order of problem id; the last may hold fewer."""
    held: list[pa.Table] = []
    problems = 0
    for bucket in buckets:
        for rows in _problems(pa.ipc.open_file(str(bucket)).read_all().sort_by(PROBLEM_ID.name)):
            held.append(rows)
            problems += 1
            if problems == block:
                yield pa.concat_tables(held)
                held, problems = [], 0
    if held:
        yield pa.concat_tables(held)


def _problems(rows: pa.Table) -> Iterator[pa.Table]:
    """Cut sorted rows into one table a problem."""
    ids = values(rows, PROBLEM_ID)
    begin = 0
    for at in range(1, len(ids) + 1):
        if at == len(ids) or ids[at] != ids[begin]:
            yield rows.slice(begin, at - begin)
            begin = at
