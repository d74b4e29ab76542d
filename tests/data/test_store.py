import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from data.errors import ArtifactError
from data.store import Artifact, only_runner, read_json

ROWS = pa.table({"problem_id": ["a", "b"], "n": [1, 2]})
GONE = pa.table({"problem_id": ["c"], "dropped": ["incorrect"]})


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return Artifact(tmp_path / "step")


def test_a_part_comes_back_as_it_was(artifact: Artifact) -> None:
    artifact.write(3, ROWS, GONE, {"calls": 2})

    assert artifact.read(3).equals(ROWS)
    assert artifact.rejected(3).equals(GONE)
    assert artifact.usage(3) == {"calls": 2}
    assert artifact.parts() == [3]


def test_reads_only_the_columns_that_are_there(artifact: Artifact) -> None:
    artifact.write(0, ROWS, GONE, {})

    assert artifact.read(0, ["n", "none"]).column_names == ["n"]


def test_nothing_is_listed_without_a_manifest(artifact: Artifact) -> None:
    artifact.write(0, ROWS, GONE, {})

    with pytest.raises(ArtifactError, match="not complete"):
        artifact.listed()


def test_the_manifest_lists_the_parts_and_holds_no_time(artifact: Artifact) -> None:
    artifact.write(0, ROWS, GONE, {})
    artifact.close({"rows": 2}, [0])
    first = (artifact.folder / "manifest.json").read_bytes()
    artifact.reopen()
    artifact.write(0, ROWS, GONE, {})
    artifact.close({"rows": 2}, [0])

    assert artifact.listed() == [0]
    assert (artifact.folder / "manifest.json").read_bytes() == first


def test_a_half_written_part_does_not_count(artifact: Artifact) -> None:
    artifact.write(0, ROWS, GONE, {})
    (artifact.folder / ".part-000001.parquet.99").write_bytes(b"PAR1 half")
    artifact.folder.joinpath("rejected-000001.parquet").write_bytes(b"half")

    assert artifact.parts() == [0]


def test_a_damaged_part_is_told_of(artifact: Artifact) -> None:
    artifact.write(0, ROWS, GONE, {})
    path = artifact.folder / "part-000000.parquet"
    path.write_bytes(path.read_bytes()[:40])

    with pytest.raises(ArtifactError, match="damaged"):
        artifact.read(0)


def test_a_damaged_manifest_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"rows": 1')

    with pytest.raises(ArtifactError, match="damaged"):
        read_json(tmp_path / "manifest.json")


def test_a_second_runner_is_refused_and_a_later_one_is_not(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from data.store import only_runner\n"
    code += "with only_runner(Path(sys.argv[1])): pass"
    second = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parents[2]
    with only_runner(tmp_path):
        refused = subprocess.run(second, cwd=root, capture_output=True, text=True, check=False)

    assert "another build is writing here" in refused.stderr
    assert subprocess.run(second, cwd=root, capture_output=True, check=False).returncode == 0
