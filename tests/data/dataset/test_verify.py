import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pyarrow as pa
import pytest

from data.columns import TRAINING
from data.dataset.about import About
from data.dataset.manifest import read_manifest
from data.dataset.splits import Splits
from data.dataset.verify import verify
from data.dataset.write import write_dataset
from data.errors import ArtifactError
from data.table import from_rows


@pytest.fixture(scope="module")
def written(rows_of: Callable[..., Any], about: About, tmp_path_factory: pytest.TempPathFactory) -> Path:
    configs = {name: [from_rows(rows_of(name), TRAINING)] for name in ("c3ot", "token_skip")}
    return write_dataset(tmp_path_factory.mktemp("dataset"), configs, [], Splits(), about)


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(copytree(written, tmp_path / written.name))


def change_shard(folder: Path, change: Callable[[pa.Table], pa.Table], config: str = "c3ot") -> None:
    shard = folder / config / "train" / "data-00000.arrow"
    with pa.ipc.open_stream(shard.read_bytes()) as stream:
        rows = change(stream.read_all())
    with pa.ipc.new_stream(str(shard), rows.schema) as out:
        out.write_table(rows)


def change_manifest(folder: Path, change: Callable[[Any], None]) -> None:
    path = folder / "manifest.json"
    tree = json.loads(path.read_text("utf-8"))
    change(tree)
    path.write_text(json.dumps(tree), "utf-8")


def reversed_rows(rows: pa.Table) -> pa.Table:
    return rows.take(list(range(rows.num_rows))[::-1])


def with_other_cot(rows: pa.Table) -> pa.Table:
    at = rows.schema.get_field_index("cot")
    return rows.set_column(at, rows.schema.field(at), pa.array(["x"] * rows.num_rows))


def test_a_sound_version_has_no_fault(folder: Path) -> None:
    assert verify(folder) == []


def test_a_version_whose_splits_were_dealt_in_another_way_is_told_in_a_sentence(folder: Path) -> None:
    change_manifest(folder, lambda manifest: manifest.update(format=1))

    assert read_manifest(folder).format == 1
    (fault,) = verify(folder)
    assert "build the run again" in fault


def test_counts_add_up(folder: Path) -> None:
    manifest = read_manifest(folder)

    assert manifest.rows("mix") == manifest.rows("c3ot") + manifest.rows("token_skip") == 240
    assert manifest.problems("mix") == manifest.problems("c3ot") == 60


@pytest.mark.parametrize("change", [reversed_rows, with_other_cot])
def test_changed_or_reordered_rows_are_found(change: Callable[[pa.Table], pa.Table], folder: Path) -> None:
    change_shard(folder, change)

    assert [fault for fault in verify(folder) if "c3ot/train: the rows are not those of the manifest" in fault]


def test_lost_rows_are_found_and_counted(folder: Path) -> None:
    change_shard(folder, lambda rows: rows.slice(4))

    faults = "\n".join(verify(folder))
    rows = read_manifest(folder).configs["c3ot"]["train"].rows
    assert f"c3ot/train: {rows - 4:,} rows, {rows:,} in the manifest" in faults


def test_a_cut_off_shard_is_found(folder: Path) -> None:
    shard = folder / "mix" / "train" / "data-00000.arrow"
    shard.write_bytes(shard.read_bytes()[:-2000])

    assert verify(folder)[0].startswith(f"{shard}: damaged")


def test_a_lost_split_is_found(folder: Path) -> None:
    (folder / "c3ot" / "test" / "data-00000.arrow").unlink()

    assert [fault for fault in verify(folder) if "c3ot/test: 0 rows" in fault]


def test_a_lost_index_is_found(folder: Path) -> None:
    (folder / "c3ot" / "dataset_dict.json").unlink()
    (folder / "mix" / "test" / "state.json").unlink()

    faults = verify(folder)
    assert f"{folder / 'c3ot' / 'dataset_dict.json'}: missing" in faults
    assert f"{folder / 'mix' / 'test' / 'state.json'}: missing" in faults


def test_an_index_that_leaves_rows_out_is_found(folder: Path) -> None:
    index, state = folder / "c3ot" / "dataset_dict.json", folder / "mix" / "test" / "state.json"
    index.write_text(index.read_text().replace('"test"', '"train"'))
    state.write_text(state.read_text().replace("data-00000.arrow", "data-00001.arrow"))

    assert [fault.split(": ")[0] for fault in verify(folder)] == [str(index), str(state)]


def test_a_damaged_rejected_file_is_found(folder: Path) -> None:
    (folder / "rejected" / "rejected.parquet").write_bytes(b"PAR1")

    assert "rejected.parquet: damaged or missing" in verify(folder)[0]


def test_every_fault_is_told_at_once(folder: Path) -> None:
    change_shard(folder, reversed_rows)
    (folder / "README.md").unlink()
    (folder / "planted.pkl").write_bytes(b"")
    (folder / "token_skip" / "link").symlink_to("/etc/passwd")

    faults = verify(folder)
    assert len(faults) == 4


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda tree: tree.update(digest="0" * 64), "the digest does not follow"),
        (lambda tree: tree.update(version="0" * 12), "is not the beginning of the digest"),
        (lambda tree: tree["splits"].update(seed=1), "belong in another split"),
        (lambda tree: tree["rejected"].update(rows=3), "3 rejected rows, but 0 by reason"),
        (lambda tree: tree["configs"]["mix"]["test"].update(rows=0), "the other configs together 240"),
    ],
)
def test_a_manifest_that_does_not_fit_is_found(change: Callable[[Any], None], told: str, folder: Path) -> None:
    change_manifest(folder, change)

    assert [fault for fault in verify(folder) if told in fault]


def test_a_mix_of_other_rows_is_found(folder: Path) -> None:
    change_shard(folder, with_other_cot, "mix")

    assert [fault for fault in verify(folder) if "mix" in fault]


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]", b'{"format": 2}'])
def test_a_damaged_manifest_is_told_not_thrown(content: bytes, folder: Path) -> None:
    (folder / "manifest.json").write_bytes(content)

    assert all("manifest.json" in fault and "build the dataset again" in fault for fault in verify(folder))
    assert verify(folder)


def test_no_manifest_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no manifest\.json, so no complete dataset"):
        read_manifest(tmp_path)
