import json
from pathlib import Path

import pytest

from data.columns import FROM_TRACE_ID, TRACE_ID
from data.store import Artifact
from data.table import from_rows
from pipelines.files.draws import DRAWN, Draws
from pipelines.plan.step import Means

FIELDS = (TRACE_ID, FROM_TRACE_ID)


def artifact(folder: Path, parts: list[tuple[int, int]]) -> Path:
    """Write parts of so many full and so many shorter chains."""
    found = Artifact(folder)
    for part, (full, shorter) in enumerate(parts):
        rows = [{"trace_id": f"full-{part}-{n}", "from_trace_id": None} for n in range(full)]
        rows += [{"trace_id": f"short-{part}-{n}", "from_trace_id": "full"} for n in range(shorter)]
        found.write(part, from_rows(rows, FIELDS), from_rows([], FIELDS), {})
    found.close({}, list(range(len(parts))))
    return folder


def trained_by_nobody(training: object, output: Path) -> None:
    raise AssertionError("nothing is trained here")


def drawn(folder: Path, parts: list[tuple[int, int]], seed: int = 0) -> list[str]:
    folder.mkdir(parents=True)
    Draws(seed=seed).write(folder, Means([artifact(folder / "rows", parts)], 32, trained_by_nobody, lambda: False))
    return list(json.loads((folder / DRAWN).read_text()))


@pytest.mark.parametrize(("parts", "count"), [([(5, 1), (5, 2)], 3), ([(2, 9)], 2), ([(3, 0)], 0), ([(0, 2)], 0)])
def test_as_many_full_chains_as_shorter_ones_over_all_parts(
    tmp_path: Path, parts: list[tuple[int, int]], count: int
) -> None:
    found = drawn(tmp_path / "a", parts)

    assert len(set(found)) == count
    assert all(trace.startswith("full") for trace in found)


def test_the_seed_chooses(tmp_path: Path) -> None:
    first, again, other = (drawn(tmp_path / name, [(30, 5)], seed) for name, seed in (("a", 0), ("b", 0), ("c", 1)))

    assert first == again != other
