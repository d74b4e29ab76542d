"""Two processes that share a model out (FSDP2) train what one trains that holds all of it."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from data.errors import ConfigError
from data.spec import identity, parse
from sft.config import Training
from sft.models.sharded import check_shardable
from sft.run import checkpoint
from sft.run.train import train
from tests.sft.runs import losses, same, weights
from tests.sft.several import SHARDED, SHARDS, case, launch
from tests.sft.small import POCKET, run

pytestmark = pytest.mark.team

TOLERANCE = 1e-4
"""Of losses and norms in parts, of weights as they are: two processes add in another order than one."""


@pytest.fixture
def shared(in_two: tuple[Path, Mapping[str, Training]]) -> Path:
    return in_two[0]


def near(one: Path, other: Path) -> bool:
    """Tell whether two models are the same up to rounding."""
    ours, theirs = weights(one), weights(other)
    assert ours.keys() == theirs.keys()
    return all(torch.allclose(ours[name], theirs[name], atol=TOLERANCE, rtol=0) for name in ours)


def figures(folder: Path, key: str) -> list[float]:
    lines = [
        json.loads(line)
        for path in sorted(folder.glob("stage-*/metrics.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return [line[key] for line in lines if key in line]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARDED)
def test_two_processes_with_shards_take_the_steps_of_one(
    name: str, shared: Path, in_one: Callable[[str], Path]
) -> None:
    alone = in_one(name)

    for key in ("loss", "grad_norm", "eval_loss"):
        assert figures(shared / name, key) == pytest.approx(figures(alone, key), rel=TOLERANCE)
    assert near(shared / name / "model", alone / "model")
    assert not near(shared / name / "model", _begun(alone))


def _begun(folder: Path) -> Path:
    """Return the first checkpoint that a run keeps."""
    return min((folder / "stage-00").glob("checkpoint-*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARDED)
def test_each_process_holds_a_shard_of_every_parameter(name: str, shared: Path) -> None:
    held = [json.loads((shared / name / f"{SHARDS}-{rank}.json").read_text("utf-8")) for rank in (0, 1)]

    assert held[0].keys() == held[1].keys()
    for first, second in zip(held[0].values(), held[1].values(), strict=True):
        assert first[0] and second[0]
        assert first[2] + second[2] == first[1]
    assert max(sum(one[2] for one in each.values()) for each in held) < 0.6 * sum(one[1] for one in held[0].values())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lora in shards", "full in shards"])
def test_what_was_trained_in_shards_loads_in_plain_libraries(
    name: str, shared: Path, in_one: Callable[[str], Path]
) -> None:
    kind = AutoPeftModelForCausalLM if name.startswith("lora") else AutoModelForCausalLM
    ids = torch.arange(40, 60)[None]

    with torch.no_grad():
        ours, theirs = (kind.from_pretrained(root / "model")(ids).logits for root in (shared / name, in_one(name)))

    torch.testing.assert_close(ours, theirs, atol=1e-2, rtol=1e-3)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("name", ["lora in shards", "full in shards"])
def test_a_killed_run_goes_on_to_the_same_bits_in_shards_and_to_the_same_numbers_without(
    name: str, in_two: tuple[Path, Mapping[str, Training]], tmp_path: Path
) -> None:
    shared, run_of_two = in_two[0], {name: in_two[1][name]}
    with pytest.raises(RuntimeError, match="-9"):
        launch(run_of_two, tmp_path, die_at=5)
    assert checkpoint.steps_kept(tmp_path / name / "stage-00") == [2, 4]
    shutil.copytree(tmp_path / name, tmp_path / "alone")

    train(replace(run_of_two[name], workers=1, fsdp=False, gradient_checkpointing=False), tmp_path / "alone")
    launch(run_of_two, tmp_path)

    assert same(tmp_path / name / "model", shared / name / "model")
    assert losses(tmp_path / name) == losses(shared / name)
    assert near(tmp_path / "alone" / "model", shared / name / "model")
    kept = [checkpoint.at_step(root / "stage-00", 6) for root in (tmp_path / "alone", shared / name)]
    whole, put_together = (load_file(place / "optimizer.safetensors") for place in kept)
    assert {key: value.shape for key, value in whole.items()} == {k: v.shape for k, v in put_together.items()}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('"adapter": {"kind": "dora"}', r"`adapter.kind dora` cannot \(take lora, rslora or full\)"),
        ('"optim": "adamw_8bit"', r"`optim adamw_8bit` cannot \(take adamw_torch"),
        ('"objective": {"kind": "dpo"}', r"`objective dpo` cannot \(take sft or simpo\)"),
        ('"fsdp_config": {"version": 1}', r"fsdp_config.version: Input should be 2"),
    ],
)
def test_what_cannot_be_sharded_is_refused(more: str, told: str) -> None:
    text = f'{{"base": {{"model": "m"}}, "dataset": {{"path": "d"}}, "workers": 2, "fsdp": true, {more}}}'

    with pytest.raises(ConfigError, match=told):
        parse(Training, text, where="run")


def test_an_adapter_with_tokens_of_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="2 tokens that the base lacks"):
        check_shardable(None, [7, 8], run(tmp_path, fsdp=True))


def test_an_untied_head_without_a_norm_before_it_is_refused(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(POCKET)
    config = case("full in shards", tmp_path)
    check_shardable(model, [], config)
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    check_shardable(model, [], config)
    model.model.norm = torch.nn.Identity()

    with pytest.raises(ConfigError, match="has no norm beside its layers"):
        check_shardable(model, [], config)


def test_shards_are_no_part_of_what_a_run_is_known_by(tmp_path: Path) -> None:
    assert identity(run(tmp_path, fsdp=True)) == identity(run(tmp_path))
