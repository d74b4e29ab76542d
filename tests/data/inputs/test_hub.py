"""Datasets of the Hub, with the loader handed in: it reads a dataset that lies in a folder here."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputError
from data.inputs import hub
from data.inputs.every import content_digest, read_problems
from data.inputs.hub import HubProblems
from data.inputs.mapping import ProblemColumns
from data.table import Row

REVISION = "0123456789abcdef0123456789abcdef01234567"
SOURCE = HubProblems(id="somebody/sums", split="train", revision=REVISION, gold="gsm8k")


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Serve every dataset from a folder, by the real library."""
    from datasets import load_dataset  # heavy: only these tests need it

    rows = [{"question": "one and one?", "answer": "#### 2", "more": {"a": 1}}, {"question": "null?", "answer": None}]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def load(source: HubProblems) -> Any:
        return load_dataset(str(tmp_path), split=source.split, cache_dir=str(tmp_path / "cache"))

    monkeypatch.setattr(hub, "load", load)
    return tmp_path


def rows_of(source: HubProblems) -> list[Row]:
    return [row for rows in read_problems(source) for row in rows.to_pylist()]


def test_reads_a_dataset_and_names_its_revision(served: Path) -> None:
    (row,) = rows_of(HubProblems(**{**vars_of(SOURCE), "limit": 1}))

    assert row["source"] == f"hub:somebody/sums@{REVISION}"
    assert (row["question"], row["gold"], row["dropped"]) == ("one and one?", "2", None)


def test_a_bad_row_is_told_with_its_dataset_and_number(served: Path) -> None:
    with pytest.raises(InputError, match=f"^hub:somebody/sums@{REVISION}, row 2, column 'answer': missing_gold"):
        rows_of(SOURCE)


def test_a_missing_column_is_told_once(served: Path) -> None:
    columns = ProblemColumns(question="q", gold="more.a")

    with pytest.raises(InputError, match="column 'q': there is no such column; there are 'question', 'answer'"):
        rows_of(HubProblems(**{**vars_of(SOURCE), "columns": columns}))


def test_a_dataset_that_is_not_there_is_told_without_a_traceback(served: Path) -> None:
    with pytest.raises(InputError, match=f"^hub:somebody/sums@{REVISION}: the Hub did not give it: ValueError"):
        rows_of(HubProblems(**{**vars_of(SOURCE), "split": "absent"}))


def test_a_folder_of_that_name_is_never_read_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "somebody" / "sums").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    with pytest.raises(InputError, match="use `kind: file`"):
        rows_of(SOURCE)


def test_another_revision_is_other_content() -> None:
    other = HubProblems(**{**vars_of(SOURCE), "revision": REVISION[::-1]})

    assert content_digest(SOURCE) != content_digest(other)


def vars_of(source: HubProblems) -> dict[str, Any]:
    return {"id": source.id, "split": source.split, "revision": source.revision, "gold": source.gold}
