import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import ConfigError
from data.spec import fingerprint
from pipelines.tuning.run_file import read_tuning

ROOT = Path(__file__).parents[3]
FILE = """
name: tuned
runs: {runs}
cluster: {{cpus: 2}}
training:
  base: {{model: data/pocket}}
  dataset: {{path: runs/demo, config: shortest_correct}}
  workers: {workers}
"""


def written(folder: Path, workers: int = 1) -> Path:
    path = folder / "tune.yaml"
    path.write_text(FILE.format(runs=folder, workers=workers), "utf-8")
    return path


def test_the_number_of_workers_and_the_place_are_no_part_of_what_is_trained(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, two = read_tuning(written(tmp_path)), read_tuning(written(tmp_path / "other", workers=2))

    assert fingerprint(one) == fingerprint(two)
    assert one.folder == tmp_path / "tuned"


def test_what_is_wrong_is_told_with_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, workers=0)
    path.write_text(path.read_text("utf-8").replace("tuned", "Not A Name"), "utf-8")

    with pytest.raises(ConfigError) as told:
        read_tuning(path)

    assert [fault.split(":")[1].strip() for fault in told.value.faults] == ["name", "training.workers"]


def test_a_run_file_is_read_without_what_trains() -> None:
    code = "import pipelines.tuning.run_file, sys; print({'torch', 'transformers', 'trl', 'ray'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "set()"
