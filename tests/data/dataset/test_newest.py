from pathlib import Path

import pytest

from data.dataset.manifest import NAME
from data.dataset.newest import newest_version
from data.errors import InputError
from data.store import write_json


def test_a_run_stands_for_its_newest_version(tmp_path: Path) -> None:
    write_json(tmp_path / "report.json", {"dataset": "0123456789ab"})

    assert newest_version(tmp_path) == tmp_path / "dataset" / "0123456789ab"


def test_a_version_and_any_other_folder_stand_for_themselves(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("{}", "utf-8")

    assert newest_version(tmp_path) == tmp_path
    assert newest_version(tmp_path / "data") == tmp_path / "data"


def test_a_run_without_a_version_is_told(tmp_path: Path) -> None:
    (tmp_path / "artifacts").mkdir()

    with pytest.raises(InputError, match="no dataset yet; build it first"):
        newest_version(tmp_path)
