import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from safetensors.torch import load_file

from data.errors import ConfigError
from sft.config import Adapter
from sft.objectives.every import Dpo, SimPo
from sft.run.train import train
from tests.sft.small import rows, run, version

WEIGHTS = {"lora": "adapter_model.safetensors", "full": "model.safetensors"}
OBJECTIVES: tuple[Any, ...] = (Dpo(), SimPo())


class Cut(Exception):
    """The run is cut off."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    right = [it | {"verdict": "correct", "tokenizer": "pocket"} for it in rows()]
    return version(tmp_path_factory.mktemp("data"), right)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=["dpo", "simpo"])
def test_the_chosen_gain_on_the_rejected(dataset: Path, tmp_path: Path, objective: Any) -> None:
    trained = train(run(dataset, objective=objective, max_steps=12, checkpoint_every=6), tmp_path)
    first, *_, last = [line for line in lines(tmp_path) if "loss" in line]

    assert last["loss"] < first["loss"]
    assert (
        last["gained_by_chosen"] - last["gained_by_rejected"] > first["gained_by_chosen"] - first["gained_by_rejected"]
    )
    assert trained.record["trained"]["dropped"]["not_paired"] > 0
    AutoPeftModelForCausalLM.from_pretrained(trained.folder)


def test_dpo_is_a_coin_toss_before_its_first_step_wherever_it_starts(dataset: Path, tmp_path: Path) -> None:
    first = train(run(dataset), tmp_path / "first")
    train(run(dataset, objective=Dpo(), start=str(first.folder)), tmp_path / "second")
    loss = next(line["loss"] for line in lines(tmp_path / "second") if "loss" in line)

    assert loss == pytest.approx(0.693147, abs=0.05), "dropout alone moves it"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "objective"),
    [
        pytest.param("lora", OBJECTIVES[0], id="lora-dpo"),
        pytest.param("full", OBJECTIVES[1], id="full-simpo"),
        pytest.param("full", OBJECTIVES[0], id="full-dpo", marks=pytest.mark.long),
        pytest.param("lora", OBJECTIVES[1], id="lora-simpo", marks=pytest.mark.long),
    ],
)
def test_a_run_cut_off_and_gone_on_with_ends_in_the_same_bits(
    dataset: Path, tmp_path: Path, objective: Any, kind: Any
) -> None:
    config = run(dataset, objective=objective, adapter=Adapter(kind=kind, rank=4, dropout=0.0))

    def cut(line: Mapping[str, Any]) -> None:
        if line["step"] >= 3:
            raise Cut

    whole = train(config, tmp_path / "whole")
    with pytest.raises(Cut):
        train(config, tmp_path / "cut", watch=cut)
    resumed = train(config, tmp_path / "cut")
    one, other = (load_file(found.folder / WEIGHTS[kind]) for found in (whole, resumed))

    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_pair_over_the_context_is_dropped_as_a_whole(tmp_path: Path) -> None:
    found = [it | {"verdict": "correct", "tokenizer": "pocket"} for it in [*rows(6, (3, 1)), *rows(8, (20,))[6:]]]
    found += [it | {"verdict": "correct", "tokenizer": "pocket"} for it in rows(8, (1,))[6:]]
    data = version(tmp_path / "data", found, train=1.0)
    config = run(data, objective=SimPo(), max_tokens=110, on_too_long="drop")

    trained = train(config, tmp_path / "run")

    assert trained.record["trained"]["stages"][0]["rows"] == 12
    assert trained.record["trained"]["dropped"]["over_context"] == 2


def test_rows_without_a_pair_are_refused(tmp_path: Path) -> None:
    data = version(tmp_path / "data", rows(lengths=(1,)))

    with pytest.raises(ConfigError, match="no two rows make a pair"):
        train(run(data, objective=Dpo()), tmp_path / "run")
