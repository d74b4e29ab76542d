from pathlib import Path

import pytest

from data.errors import ConfigError
from data.spec import load
from sft.config import Training
from sft.schedules.progressive import Progressive

LEAST = "base: {model: data/pocket}\ndataset: {path: d}\n"


def read(folder: Path, more: str = "") -> Training:
    (folder / "run.yaml").write_text(LEAST + more, "utf-8")
    return load(Training, folder / "run.yaml")


def test_a_run_is_read_from_a_file(tmp_path: Path) -> None:
    assert read(tmp_path, "schedule: {kind: progressive, stages: 4}").schedule == Progressive(stages=4)


def test_full_training_takes_a_tenth_of_an_adapters_rate(tmp_path: Path) -> None:
    assert read(tmp_path).rate == pytest.approx(10 * read(tmp_path, "adapter: {kind: full}").rate)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as told:
        read(tmp_path, "epochs: 0\nbatching: loose\nwarmup: 1\nrank: 4")

    assert len(told.value.faults) == 4


def test_patience_without_a_split_to_watch_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(LEAST.replace("path: d", "path: d, held_out: null") + "patience: 2", "utf-8")

    with pytest.raises(ConfigError, match="name a split"):
        load(Training, tmp_path / "run.yaml")


@pytest.mark.parametrize(
    ("workers", "batches", "rows"), [(1, 4, 6), (2, 2, 6), (4, 1, 6), (8, 1, 3), (3, 4, 2), (12, 1, 2), (24, 1, 1)]
)
def test_workers_share_the_rows_of_a_step(tmp_path: Path, workers: int, batches: int, rows: int) -> None:
    config = read(tmp_path, f"batch_size: 6\naccumulate: 4\nworkers: {workers}")

    assert (config.worker_batches, config.worker_rows) == (batches, rows)
    assert workers * batches * rows == 24


def test_workers_who_cannot_share_a_step_are_told_who_can(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"5 workers cannot share .* take one of \[1, 2, 4, 8\]"):
        read(tmp_path, "batch_size: 4\naccumulate: 2\nworkers: 5")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("schedule: {kind: valve}\ndirection: short_to_long", r"`direction: short_to_long` cannot \(take long"),
        ("adapter: {kind: dora}\ndirection: long_to_short", r"`adapter.kind dora` cannot \(take lora or rslora\)"),
        ("adapter: {kind: full}\ndirection: short_to_long", r"`adapter.kind full` cannot \(take lora or rslora\)"),
    ],
)
def test_a_direction_that_the_update_does_not_have_is_refused(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, more)


def test_a_valve_turns_from_long_to_short_whether_it_says_so_or_not(tmp_path: Path) -> None:
    valve = "schedule: {kind: valve}\n"

    assert [read(tmp_path, valve + more).turns for more in ("", "direction: long_to_short")] == ["long_to_short"] * 2
    assert [read(tmp_path, more).turns for more in ("", "direction: short_to_long")] == [None, "short_to_long"]
