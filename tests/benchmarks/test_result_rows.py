from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks import result_rows
from benchmarks.result_rows import Plan, read_rows
from data.errors import ConfigError
from pipelines.build.build import read_order
from pipelines.tuning.run_file import read_tuning


def test_rows_that_others_need_come_before_them() -> None:
    for name, row in read_rows().items():
        before = [*read_rows()][: [*read_rows()].index(name)]
        assert {row.after, row.data_of} - {None} <= {*before}


def test_every_row_has_run_files_that_can_be_read(tmp_path: Path) -> None:
    plan = Plan(tmp_path / "runs", 1, 40)
    for name, row in read_rows().items():
        if row.build is not None:
            assert read_order(plan.build_file(name, row)).run.seed == 1
        if row.training is not None:
            assert read_tuning(plan.tune_file(name, row)).training.seed == 1


def test_every_wrong_row_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_rows, "ROWS", tmp_path)
    wrong: dict[str, dict[str, Any]] = {"a": {"after": "gone"}, "b": {"build": {}, "data_of": "a"}}
    for name, more in wrong.items():
        (tmp_path / f"{name}.yaml").write_text(
            yaml.safe_dump({"title": name, "role": "method", "training": {}, **more})
        )

    with pytest.raises(ConfigError) as raised:
        read_rows(["c"])

    assert [fault.split(":")[0] for fault in raised.value.faults] == [
        "benchmarks/results/a.yaml",
        "benchmarks/results/a.yaml",
        "benchmarks/results/b.yaml",
        "there is no row 'c'; there is a, b",
    ]
