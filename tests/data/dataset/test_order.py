import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.dataset import order
from data.dataset.digest import ROW_DIGEST, row_digests
from data.dataset.order import merged, spill
from data.table import with_column


@pytest.mark.parametrize("run_bytes", [1, 5_000, 1 << 30])
@pytest.mark.parametrize("batch_rows", [1, 7, 256])
def test_rows_come_in_one_order_however_they_were_held(
    run_bytes: int,
    batch_rows: int,
    rows_of: Callable[..., list[dict[str, Any]]],
    training: Callable[..., pa.Table],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order, "BATCH_ROWS", batch_rows)
    monkeypatch.setattr(order, "MERGE_ROWS", 2 * batch_rows)
    rows = [*rows_of("one", 20, 5), *rows_of("two", 20, 3)]
    expected = sorted(rows, key=lambda row: (row["problem_id"], row["method"], row["sample"]))
    random.Random(run_bytes).shuffle(rows)
    table = training(rows)
    table = with_column(table, ROW_DIGEST, row_digests(table))

    runs = spill([table.slice(at, 9) for at in range(0, len(rows), 9)], tmp_path / "runs", run_bytes)
    found = pa.concat_tables(merged(runs))

    assert found.column("trace_id").to_pylist() == [row["trace_id"] for row in expected]


def test_no_rows_make_no_runs(tmp_path: Path) -> None:
    assert list(merged(spill([], tmp_path / "runs"))) == []
