import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.columns import DETAIL, DROPPED, TRAINING
from data.dataset import order, shards
from data.dataset.about import About
from data.dataset.manifest import read_manifest
from data.dataset.splits import Splits, split_of
from data.dataset.verify import verify
from data.dataset.write import write_dataset
from data.errors import ArtifactError, ConfigError
from data.table import from_rows

Rows = list[dict[str, Any]]
RowsOf = Callable[..., Rows]
Training = Callable[[Rows], pa.Table]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def rejects(rows: Rows) -> pa.Table:
    gone = [{**row, "dropped": "truncated" if row["sample"] else "incorrect"} for row in rows]
    return from_rows([*gone, {"dropped": "unreadable_gold", "detail": "row 7"}], (*TRAINING, DROPPED, DETAIL))


@pytest.fixture
def write(rows_of: RowsOf, training: Training, about: About) -> Callable[..., Path]:
    def write(root: Path, **changes: Any) -> Path:
        configs = {name: [training(rows_of(name))] for name in ("shortest_correct", "token_skip")}
        given = {"configs": configs, "rejected": [rejects(rows_of("shortest_correct", 5))]}
        return write_dataset(root, **{**given, "splits": Splits(), "about": about, **changes})

    return write


def test_every_config_loads_both_ways_as_the_card_says(
    write: Callable[..., Path], rows_of: RowsOf, training: Training, tmp_path: Path
) -> None:
    folder = write(tmp_path / "dataset")

    expected = sorted(training(rows_of("token_skip")).to_pylist(), key=lambda row: row["trace_id"])
    saved = datasets.load_from_disk(folder / "token_skip")
    loaded = datasets.load_dataset(str(folder), "token_skip", cache_dir=str(tmp_path / "cache"))
    for found in (saved, loaded):
        rows = [row for split in found.values() for row in split]
        assert sorted(rows, key=lambda row: row["trace_id"]) == expected
        assert list(found) == ["train", "validation", "test"]


def test_the_mix_is_the_default_and_holds_all_rows_in_order(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path / "dataset")

    found = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    for split in found.values():
        keys = list(zip(split["problem_id"], split["method"], strict=True))
        assert keys == sorted(keys)
    assert sum(found.num_rows.values()) == 240


def test_no_problem_is_in_two_splits_in_whichever_config(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path / "dataset")

    for config in ("shortest_correct", "token_skip", "mix"):
        for name, split in datasets.load_from_disk(folder / config).items():
            assert {split_of(question, Splits()) for question in split["question"]} == {name}


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 999), chunk=st.integers(1, 60), run_bytes=st.sampled_from([1, 10_000, 1 << 27]))
def test_the_same_rows_make_the_same_bytes_however_they_come(
    seed: int,
    chunk: int,
    run_bytes: int,
    write: Callable[..., Path],
    rows_of: RowsOf,
    training: Training,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rows = {name: rows_of(name, 20) for name in ("token_skip", "shortest_correct")}
    whole = {name: [training(found)] for name, found in rows.items()}
    reference = write(tmp_path_factory.mktemp("whole"), configs=whole)
    shuffled = random.Random(seed)

    def dealt(table: pa.Table) -> list[pa.Table]:
        rows = table.to_pylist()
        shuffled.shuffle(rows)
        parts = [rows[at : at + chunk] for at in range(0, len(rows), chunk)]
        return [pa.Table.from_pylist(part, table.schema) for part in parts]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "RUN_BYTES", run_bytes)
        configs = {name: dealt(training(found)) for name, found in rows.items()}
        gone = dealt(rejects(rows_of("shortest_correct", 5)))
        folder = write(tmp_path_factory.mktemp("parts"), configs=configs, rejected=gone)

    assert folder.name == reference.name
    assert contents(folder) == contents(reference)


def test_other_rows_make_another_version(
    write: Callable[..., Path], rows_of: RowsOf, training: Training, tmp_path: Path
) -> None:
    rows = rows_of("shortest_correct")
    changed = [{**rows[0], "cot": "Otherwise."}, *rows[1:]]
    folders = [write(tmp_path, configs={"shortest_correct": [training(r)]}) for r in (rows, changed, rows[1:])]

    assert len({folder.name for folder in folders}) == 3
    assert all(not verify(folder) for folder in folders)


def test_nothing_tells_when_or_where_it_was_made(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path / "dataset")

    for path, content in contents(folder).items():
        assert str(tmp_path).encode() not in content, path
        assert socket.gethostname().encode() not in content, path


def test_an_identical_version_is_left_alone(write: Callable[..., Path], tmp_path: Path) -> None:
    before = {path: path.stat().st_ino for path in write(tmp_path).rglob("*")}

    after = {path: path.stat().st_ino for path in write(tmp_path).rglob("*")}

    assert after == before


def test_a_damaged_version_is_mended(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path)
    whole = contents(folder)
    (folder / "mix" / "train" / "data-00000.arrow").write_bytes(b"")
    (folder / "manifest.json").unlink()

    assert contents(write(tmp_path)) == whole


def test_another_account_of_the_same_rows_takes_the_old_ones_place(
    write: Callable[..., Path], about: About, tmp_path: Path
) -> None:
    folder = write(tmp_path)

    changed = About(**{**about.__dict__, "ended_early": "tokens"})
    assert write(tmp_path, about=changed) == folder
    assert read_manifest(folder).about.ended_early == "tokens"
    assert "ended early" in (folder / "README.md").read_text()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [folder.name]


def test_a_build_that_fails_leaves_no_version(write: Callable[..., Path], training: Training, tmp_path: Path) -> None:
    def breaks() -> Iterator[pa.Table]:
        yield training([])
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        write(tmp_path, rejected=breaks())

    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []


def test_what_a_killed_build_left_is_cleared_away(write: Callable[..., Path], tmp_path: Path) -> None:
    for left in (".building/version/mix", ".replaced/mix"):
        (tmp_path / left).mkdir(parents=True)
        (tmp_path / left / "data-00000.arrow").write_text("half")

    folder = write(tmp_path)

    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [folder.name]
    assert verify(folder) == []


def test_a_split_without_rows_has_no_files_and_the_others_load(
    write: Callable[..., Path], rows_of: RowsOf, training: Training, tmp_path: Path
) -> None:
    rows = rows_of("shortest_correct", 1)
    folder = write(tmp_path / "dataset", configs={"shortest_correct": [training(rows)], "token_skip": []})

    filled = split_of(rows[0]["question"], Splits())
    loaded = datasets.load_dataset(str(folder), "shortest_correct", cache_dir=str(tmp_path / "cache"))
    assert loaded.num_rows == datasets.load_from_disk(folder / "shortest_correct").num_rows == {filled: 2}
    assert not (folder / "token_skip").exists()
    assert read_manifest(folder).configs["token_skip"]["train"].rows == 0
    assert "have no files" in (folder / "README.md").read_text()
    assert verify(folder) == []


def test_a_dataset_without_rows_is_whole_and_says_so(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path, configs={"shortest_correct": []}, rejected=[])

    assert verify(folder) == []
    assert "There are no rows to load." in (folder / "README.md").read_text()


def test_many_shards_load_as_one_split(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SHARD_BYTES", 1)
    monkeypatch.setattr(shards, "BATCH_ROWS", 10)
    folder = write(tmp_path / "dataset")

    loaded = datasets.load_dataset(str(folder), "mix", cache_dir=str(tmp_path / "cache"))
    assert len(list((folder / "mix" / "train").glob("*.arrow"))) > 5
    assert loaded["train"][:] == datasets.load_from_disk(folder / "mix")["train"][:]
    assert verify(folder) == []


def test_rejected_rows_are_kept_and_counted_by_method_and_reason(write: Callable[..., Path], tmp_path: Path) -> None:
    folder = write(tmp_path)

    rejected = read_manifest(folder).rejected
    assert rejected.reasons == {
        "none": {"unreadable_gold": 1},
        "shortest_correct": {"incorrect": 5, "truncated": 5},
    }
    kept = pq.read_table(folder / "rejected" / "rejected.parquet")
    assert kept.num_rows == rejected.rows == 11
    assert kept.filter(pc.equal(kept["dropped"], pa.scalar("unreadable_gold")))["detail"].to_pylist() == ["row 7"]


@pytest.mark.parametrize("name", ["../out", "/abs", "", "Upper", "a/b", "mix", "rejected", "nul\0", "x" * 65, "a\n"])
def test_a_config_name_that_is_no_folder_of_ours_is_refused(
    name: str, write: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="rename it"):
        write(tmp_path / "dataset", configs={name: []})

    assert not (tmp_path / "dataset").exists()


def test_all_bad_names_are_told_at_once(write: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        write(tmp_path, configs={"mix": [], "..": []})

    assert len(raised.value.faults) == 2


@pytest.mark.parametrize("problem", ["../../out", "/etc/passwd", "a\0b", "\u202e", "x" * 5000, ""])
def test_what_rows_hold_never_becomes_a_path(
    problem: str, write: Callable[..., Path], rows_of: RowsOf, training: Training, tmp_path: Path
) -> None:
    row = {**rows_of("shortest_correct", 1, 1)[0], "problem_id": problem}
    folder = write(tmp_path / "dataset", configs={"shortest_correct": [training([row])]})

    assert verify(folder) == []
    assert [path.name for path in tmp_path.iterdir()] == ["dataset"]


@pytest.mark.parametrize("lacking", ["problem_id", "method"])
def test_a_row_without_problem_or_method_is_refused(
    lacking: str, write: Callable[..., Path], rows_of: RowsOf, training: Training, tmp_path: Path
) -> None:
    rows = [{**row, lacking: None} for row in rows_of("shortest_correct", 1)]

    with pytest.raises(ArtifactError, match=f"config shortest_correct: a row has no {lacking}"):
        write(tmp_path, configs={"shortest_correct": [training(rows)]})


def test_a_symbolic_link_for_the_root_is_refused(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to(tmp_path / "real")

    with pytest.raises(ConfigError, match="symbolic link"):
        write(tmp_path / "root")


@pytest.mark.parametrize("name", [".building", ".replaced"])
def test_a_symbolic_link_for_the_building_place_is_refused(
    name: str, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious").write_text("keep me")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / name).symlink_to(tmp_path / "other")

    with pytest.raises(ArtifactError, match="symbolic link"):
        write(tmp_path / "root")

    assert (tmp_path / "other" / "precious").read_text() == "keep me"
