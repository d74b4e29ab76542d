from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import COT_TOKENS, TEMPLATE_ARGS, TRAINING
from data.dataset.manifest import read_manifest
from data.errors import ArtifactError, InputError
from data.store import read_json, write_json
from data.table import from_rows
from sft.config import Rows
from sft.rows.source import NEEDED, read
from tests.sft.small import row, rows, version


def test_a_version_is_read_by_its_folder_and_names_itself(tmp_path: Path) -> None:
    folder = version(tmp_path)
    found = read(Rows(path=str(folder), config="lengths"), (COT_TOKENS,))

    assert len(found.train) + len(found.held_out) == len(rows())
    assert set(found.train[0]) == {field.name for field in (*NEEDED, COT_TOKENS, TEMPLATE_ARGS)}
    assert (found.version, found.digest) == (folder.name, read_manifest(folder).digest)
    assert not {it["problem_id"] for it in found.train} & {it["problem_id"] for it in found.held_out}


def test_tokens_that_rows_ask_for_are_each_named_once_in_one_order(tmp_path: Path) -> None:
    asked = [["b", "a"], ["a"], None]
    made = [row(number, added_tokens=tokens) for number, tokens in enumerate(asked)]
    pq.write_table(from_rows(made, TRAINING), tmp_path / "train.parquet")

    assert read(Rows(path=str(tmp_path), config=None)).added_tokens == ["a", "b"]


def test_any_folder_that_datasets_loads_is_read(tmp_path: Path) -> None:
    pq.write_table(from_rows(rows(), TRAINING), tmp_path / "train.parquet")
    found = read(Rows(path=str(tmp_path), config=None))

    assert len(found.train) == len(rows())
    assert found.held_out == []
    assert found.digest.startswith(found.version)


def test_what_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    table = from_rows(rows(), TRAINING).drop_columns(["segments", "problem_id"])
    at = table.schema.get_field_index("prompt")
    pq.write_table(table.set_column(at, "prompt", pa.array(["text"] * len(table))), tmp_path / "train.parquet")

    with pytest.raises(InputError) as told:
        read(Rows(path=str(tmp_path), config=None), watched=True)

    parts = ("no column 'segments'", "no column 'problem_id'", "'prompt' is string", "no split 'validation'")
    assert all(any(part in fault for fault in told.value.faults) for part in parts)
    assert len(told.value.faults) == len(parts)


def test_a_config_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no rows in config 'other'; there is \['lengths', 'mix'\]"):
        read(Rows(path=str(version(tmp_path)), config="other"))


def test_a_split_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no split 'test'; there is \['train', 'validation'\]"):
        read(Rows(path=str(version(tmp_path)), config="lengths", split="test"))


def test_a_damaged_version_is_refused(tmp_path: Path) -> None:
    folder = version(tmp_path)
    shard = folder / "lengths" / "train" / "data-00000.arrow"
    shard.write_bytes(shard.read_bytes().replace(b"p001", b"p00X"))

    with pytest.raises(InputError):
        read(Rows(path=str(folder), config="lengths"))


def test_a_version_of_another_schema_is_refused(tmp_path: Path) -> None:
    folder = version(tmp_path)
    write_json(folder / "manifest.json", read_json(folder / "manifest.json") | {"format": 3})

    with pytest.raises(ArtifactError, match=r"format: Input should be 1 or 2 \(there is 3\); build the dataset again"):
        read(Rows(path=str(folder), config="lengths"))


def test_a_version_of_before_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = version(tmp_path)
    write_json(folder / "manifest.json", read_json(folder / "manifest.json") | {"format": 1})

    with pytest.raises((ArtifactError, InputError), match="build the run again"):
        read(Rows(path=str(folder), config="lengths"))


def test_a_dataset_without_rows_is_refused(tmp_path: Path) -> None:
    pq.write_table(from_rows([], TRAINING), tmp_path / "train.parquet")

    with pytest.raises(InputError):
        read(Rows(path=str(tmp_path), config=None))


def test_a_dataset_on_the_hub_is_pinned() -> None:
    with pytest.raises(InputError, match="give a commit or a version tag"):
        read(Rows(path="nobody/nothing", revision="main"))


def test_one_digest_of_the_same_rows(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        pq.write_table(from_rows([row(1), row(2)], TRAINING), tmp_path / name / "train.parquet")

    one, other = (read(Rows(path=str(tmp_path / name), config=None)) for name in ("a", "b"))

    assert one.digest == other.digest


def test_a_run_stands_for_its_newest_version(tmp_path: Path) -> None:
    folder = version(tmp_path / "dataset")
    write_json(tmp_path / "report.json", {"dataset": folder.name})

    assert read(Rows(path=str(tmp_path), config="lengths")) == read(Rows(path=str(folder), config="lengths"))
