from pathlib import Path

import pytest

from data.errors import InputError
from data.store import read_json
from pipelines.exports.preferences import COUNTS, write_pairs
from tests.pipelines.runs import built, run_file


def version(folder: Path, choose: str) -> Path:
    folder.mkdir()
    methods = [{"kind": "shortest_correct", "zero_shot": 8, "choose": choose, "race": False}]
    engine = {"kind": "fake", "wrong": 0.2, "steps": 12}
    return built(run_file(folder, count=20, methods=methods, engine=engine)).folder


def test_datasets_loads_pairs_that_trl_takes_for_conversational_preferences(tmp_path: Path) -> None:
    from datasets import load_dataset
    from trl.data_utils import is_conversational

    folder = write_pairs(version(tmp_path / "a", "extremes"), "mix", tmp_path / "pairs", per_problem=1, shorter_by=0.0)

    splits = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    told = read_json(folder / COUNTS)
    rows = [row for split in splits.values() for row in split]
    assert {name: len(split) for name, split in splits.items()} == {
        name: found["pairs"] for name, found in told.items() if found["pairs"]
    }
    assert rows and all(is_conversational(row) for row in rows)
    assert all(row["chosen_cot_tokens"] < row["rejected_cot_tokens"] for row in rows)
    assert {(row["chosen_verdict"], row["rejected_verdict"]) for row in rows} == {("correct", "correct")}
    assert [turn["role"] for turn in rows[0]["prompt"] + rows[0]["chosen"]] == ["user", "assistant"]


def test_the_same_version_gives_the_same_bytes(tmp_path: Path) -> None:
    source = version(tmp_path / "a", "extremes")
    folders = [write_pairs(source, "mix", tmp_path / name, per_problem=1, shorter_by=0.0) for name in "xy"]

    one, other = ({path.name: path.read_bytes() for path in sorted(folder.iterdir())} for folder in folders)
    assert one == other


def test_rows_without_a_pair_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no two right answers.*not_paired.*extremes"):
        write_pairs(version(tmp_path / "a", "shortest"), "mix", tmp_path / "p", per_problem=1, shorter_by=0.0)


def test_a_config_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no config 'c3ot'; there is \['mix', 'shortest_correct'\]"):
        write_pairs(version(tmp_path / "a", "extremes"), "c3ot", tmp_path / "p", per_problem=1, shorter_by=0.0)
