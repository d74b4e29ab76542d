import json
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError, InputError, TrainingError
from sft.config import Adapter, Base, Rows
from sft.run.train import train
from tests.sft.runs import same, weights
from tests.sft.small import rows, run, version


@pytest.mark.parametrize(("held_out", "rate"), [("validation", 1e30), (None, 1e30), (None, 1e38)])
def test_bad_numbers_stop_the_run_and_keep_the_last_checkpoint(
    dataset: Path, tmp_path: Path, held_out: str | None, rate: float
) -> None:
    rows_of = Rows(path=str(dataset), config="lengths", held_out=held_out)
    config = run(dataset, learning_rate=rate, warmup=0.5, max_steps=20, checkpoint_every=1, rows=rows_of)
    with pytest.raises(TrainingError, match=r"step \d+: .*(not finite|nan); the last good checkpoint is .*checkpoint-"):
        train(config, tmp_path)

    kept = sorted((tmp_path / "stage-00").glob("checkpoint-*"))
    assert kept
    assert all(tensor.isfinite().all() for tensor in weights(kept[-1]).values())
    assert not (tmp_path / "model").exists()


def test_a_full_disk_stops_the_run_and_keeps_the_last_checkpoint(dataset: Path, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(line: Mapping[str, Any]) -> None:
        if line["step"] == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))

    try:
        with pytest.raises(TrainingError, match=r"step 4 cannot be written: .*step 2 is kept in .*make room"):
            train(run(dataset), tmp_path / "cut", watch=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert [path.name for path in (tmp_path / "cut" / "stage-00").glob("*checkpoint-*")] == ["checkpoint-0000002"]
    assert same(train(run(dataset), tmp_path / "cut").folder, train(run(dataset), tmp_path / "whole").folder)


def test_patience_stops_early_and_takes_the_best(dataset: Path, tmp_path: Path) -> None:
    config = run(dataset, learning_rate=0.2, max_steps=40, patience=2, checkpoint_every=1)
    trained = train(config, tmp_path)
    (stage,) = trained.record["trained"]["stages"]
    lines = [json.loads(line) for line in (tmp_path / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines()]
    looks = {line["step"]: line["eval_loss"] for line in lines if "eval_loss" in line}

    assert stage["stopped_early"]
    assert max(looks) < 40
    assert looks[stage["step"]] == min(looks.values()) == stage["held_out_loss"]


def test_patience_without_rows_to_watch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no split 'validation'"):
        train(run(version(tmp_path / "data", train=1.0), patience=1), tmp_path / "run")


def test_the_held_out_loss_that_is_told_is_that_of_the_checkpoint_taken(dataset: Path, tmp_path: Path) -> None:
    trained = train(run(dataset, learning_rate=0.2, max_steps=6, checkpoint_every=1), tmp_path)
    (stage,) = trained.record["trained"]["stages"]
    lines = (tmp_path / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines()
    looks = [line["eval_loss"] for line in map(json.loads, lines) if "eval_loss" in line]

    assert (stage["step"], stage["held_out_loss"]) == (6, looks[-1])
    assert looks[-1] != min(looks)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"adapter": Adapter(kind="qlora")}, "bitsandbytes is not installed|there is no GPU"),
        ({"adapter": Adapter(targets=("nothing",))}, "there is .*q_proj"),
        ({"adapter": Adapter(targets=("q_proj", "lm_head"))}, "names the head"),
        ({"base": Base(model="/nowhere")}, "no such folder"),
        ({"workers": 2}, "workers is 2; 1 train here"),
        ({"max_tokens": 20}, "over the context of 20"),
    ],
)
def test_what_cannot_be_trained_is_refused(dataset: Path, tmp_path: Path, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        train(run(dataset, **more), tmp_path)


def test_rows_over_the_context_are_counted_in_the_record(tmp_path: Path) -> None:
    data = version(tmp_path / "data", rows(lengths=(1, 30)), train=1.0)
    trained = train(run(data, max_tokens=120, on_too_long="drop"), tmp_path / "run")

    assert trained.record["trained"]["dropped"] == {"over_context": 12}


def test_a_row_longer_than_the_base_can_place_is_over_the_context(tmp_path: Path) -> None:
    data = version(tmp_path / "data", rows(2, lengths=(400,)), train=1.0)

    with pytest.raises(ConfigError, match="2 rows are over the context of 2,048 tokens"):
        train(run(data, max_tokens=100_000), tmp_path / "run")
