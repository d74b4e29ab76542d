from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.columns import DETAIL, DROPPED, PROBLEM_ID, QUESTION
from data.store import Artifact
from data.table import from_rows, values
from pipelines.execute.read import write_parts

FIELDS = (PROBLEM_ID, QUESTION, DROPPED, DETAIL)


def table(*rows: tuple[str, str, str | None]) -> pa.Table:
    return from_rows([dict(zip(("problem_id", "question", "dropped"), row, strict=True)) for row in rows], FIELDS)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.text("abc", min_size=3, max_size=3), max_size=8), max_size=5), st.integers(1, 4))
def test_every_row_comes_once_and_a_problem_is_never_split(
    tmp_path_factory: pytest.TempPathFactory, ids: list[list[str]], block: int
) -> None:
    artifact = Artifact(tmp_path_factory.mktemp("read"))
    parts = write_parts((table(*((name, f"{name}?", None) for name in chunk)) for chunk in ids), artifact, block)
    written = [values(artifact.read(part), PROBLEM_ID) for part in parts]
    flat = [name for part in written for name in part]

    assert flat == sorted(name for chunk in ids for name in chunk)
    assert all(len(set(part)) <= block for part in written)
    assert sum(len(set(part)) for part in written) == len(set(flat))


def test_samples_of_a_problem_keep_the_order_they_were_read_in(tmp_path: Path) -> None:
    artifact = Artifact(tmp_path)
    write_parts([table(("b", "1", None), ("a", "2", None)), table(("b", "3", None))], artifact, 10)

    assert values(artifact.read(0), QUESTION) == ["2", "1", "3"]


def test_rejected_rows_are_kept_with_their_reason(tmp_path: Path) -> None:
    artifact = Artifact(tmp_path)
    parts = write_parts([table(("a", "1", None), ("b", "2", "missing_gold"))], artifact, 10)
    gone = [row for part in parts for row in artifact.rejected(part).to_pylist()]

    assert [(row["problem_id"], row["dropped"]) for row in gone] == [("b", "missing_gold")]
    assert [name for part in parts for name in values(artifact.read(part), PROBLEM_ID)] == ["a"]
