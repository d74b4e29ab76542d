"""CoT-Valve++: a share of the update for each row of a batch."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from data.errors import ConfigError
from data.spec import load
from sft.adapters.attach import lora
from sft.config import Adapter, Training
from sft.objectives.valved import Valved
from sft.rows.collate import Collator
from sft.run.job import find_job, plans
from sft.run.train import train
from sft.schedules.stage import BETA
from sft.schedules.valve import Valve
from tests.sft.small import POCKET, row, run, tokens_of, version

LINEAR: tuple[Any, ...] = ("lora", "rslora")


class Cut(Exception):
    """The run is cut off."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return version(tmp_path_factory.mktemp("data"))


def adapted(kind: Any, scale: float = 1.0) -> Any:
    """Return the pocket model with a LoRA of random weights, scaled; the same each time."""
    torch.manual_seed(0)
    base: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    settings = replace(lora(Adapter(kind=kind, rank=4, alpha=8), None), init_lora_weights=False)
    model = get_peft_model(base, settings).eval()
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            parameter.data *= scale
    return model


def batch(tokenizer: Any, betas: list[float]) -> dict[str, torch.Tensor]:
    told = [{**row(number, length=number), BETA: beta} for number, beta in enumerate(betas, start=1)]
    tokens = tokens_of(told, tokenizer)
    return Collator(tokens, tokenizer.pad_token_id, packed=False)(
        [{"rows": [at], "counts": True} for at in range(len(betas))]
    )


def logits(model: Any, given: Mapping[str, torch.Tensor]) -> torch.Tensor:
    found: torch.Tensor = model(input_ids=given["input_ids"], attention_mask=given["attention_mask"]).logits
    return found


@pytest.mark.parametrize("kind", LINEAR)
def test_each_row_of_a_batch_is_answered_as_by_an_adapter_scaled_for_it_alone(tokenizer: Any, kind: Any) -> None:
    betas = [0.25, 1.0, 0.0]
    given, model = batch(tokenizer, betas), adapted(kind)
    valved = Valved(model)
    valved.betas = given["betas"]

    with torch.no_grad():
        together = logits(model, given)
        alone = [logits(adapted(kind, beta), given)[at] for at, beta in enumerate(betas)]

    assert given["betas"].tolist() == betas
    torch.testing.assert_close(together, torch.stack(alone), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(together[0], logits(adapted(kind), given)[0], atol=1e-2)


def gradient(tokenizer: Any, beta: float) -> torch.Tensor:
    given, model = batch(tokenizer, [beta]), adapted("lora")
    Valved(model).betas = given["betas"]
    torch.autograd.backward(logits(model, given).sum())
    return torch.cat([it.grad.flatten() for it in model.parameters() if it.requires_grad])


def test_at_beta_0_nothing_is_learned(tokenizer: Any) -> None:
    assert gradient(tokenizer, 0.0).abs().max() == 0
    assert gradient(tokenizer, 0.1).abs().max() > 0


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="plain"),
        pytest.param({"gradient_checkpointing": True}, id="fewer activations", marks=pytest.mark.long),
    ],
)
def test_a_run_that_was_cut_off_ends_in_the_bits_of_one_that_was_not(
    dataset: Path, tmp_path: Path, more: dict[str, Any]
) -> None:
    def cut(line: Mapping[str, Any]) -> None:
        if line["step"] >= 3:
            raise Cut

    config = run(dataset, schedule=Valve(), **more)
    whole = train(config, tmp_path / "whole")
    with pytest.raises(Cut):
        train(config, tmp_path / "cut", watch=cut)

    resumed = train(config, tmp_path / "cut")

    (stage,) = whole.record["trained"]["stages"]
    assert stage["rows"] == 2 * whole.record["trained"]["dropped"]["at_beta_0"]
    assert whole.record["update"]["direction"] == "long_to_short"
    assert "turns the length" in (whole.folder / "README.md").read_text("utf-8")
    assert same(whole.folder, resumed.folder)


def test_keeping_fewer_activations_changes_nothing(dataset: Path, tmp_path: Path) -> None:
    config = run(dataset, schedule=Valve(), adapter=Adapter(rank=4))
    one, other = (
        weights(train(replace(config, gradient_checkpointing=fewer), tmp_path / str(fewer)).folder)
        for fewer in (False, True)
    )

    for name in one:
        torch.testing.assert_close(one[name], other[name], atol=1e-5, rtol=1e-4)


def test_betas_reach_training_and_the_held_out_loss(dataset: Path, tmp_path: Path) -> None:
    first = train(run(dataset, max_steps=8), tmp_path / "first").folder
    valved = run(dataset, schedule=Valve(), start=str(first), max_steps=1, learning_rate=1e-9)
    train(valved, tmp_path / "valved")
    (told,) = [line for line in lines(tmp_path / "valved") if "eval_loss" in line]
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32), first).eval()

    assert told["eval_loss"] == pytest.approx(reckoned(model, config=valved, betas=True), rel=1e-4)
    assert told["eval_loss"] != pytest.approx(reckoned(model, config=valved, betas=False), rel=1e-3)


def reckoned(model: Any, config: Training, betas: bool) -> float:
    """Return the held-out loss a row at a time, each row's adapter scaled by hand."""
    job = find_job(config)
    (watched,) = plans(job)[1].values()
    losses, tokens = 0.0, 0.0
    before = {name: it.clone() for name, it in model.state_dict().items() if ".lora_B." in name}
    for it in watched.rows:
        scale = it[BETA] if betas else 1.0
        model.load_state_dict({name: scale * tensor for name, tensor in before.items()}, strict=False)
        found = tokens_of([it], job.tokenizer)
        (given,) = [Collator(found, 0, packed=False)([{"rows": [0], "counts": True}])]
        with torch.no_grad():
            likely = logits(model, given)[:, :-1].log_softmax(-1)
        picked = likely.gather(2, given["input_ids"][:, 1:, None])[..., 0]
        losses -= float((picked * given["weights"][:, 1:]).sum())
        tokens += float(given["weights"][:, 1:].sum())
    model.load_state_dict(before, strict=False)
    return losses / tokens


def test_what_is_not_linear_or_not_a_row_is_refused_with_what_to_take(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    least = "base: {model: b}\ndataset: {path: d}\nschedule: {kind: valve}\n"
    for more, told in {
        "adapter: {kind: dora}": r"adapter.kind dora` cannot \(take lora or rslora\)",
        "adapter: {kind: full}": "adapter.kind full",
        "batching: packed": r"batching packed` cannot \(take grouped or plain\)",
        "objective: {kind: dpo}": "objective dpo",
    }.items():
        path.write_text(least + more, "utf-8")
        with pytest.raises(ConfigError, match=told):
            load(Training, path)


def test_what_is_trained_beside_a_lora_is_refused(tmp_path: Path) -> None:
    data = version(
        tmp_path / "data", [row(number, length, added_tokens=["<brief>"]) for number in range(9) for length in (1, 2)]
    )

    with pytest.raises(ConfigError, match="leave added tokens out of the rows"):
        train(run(data, schedule=Valve()), tmp_path / "run")


def test_a_layer_that_does_not_tell_rows_apart_is_refused(tokenizer: Any) -> None:
    model = adapted("lora")
    Valved(model).betas = torch.ones(3)

    with pytest.raises(ConfigError, match="does not tell rows apart"):
        logits(model, batch(tokenizer, [1.0, 0.5]))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def same(one: Path, other: Path) -> bool:
    ours, theirs = weights(one), weights(other)
    return all(torch.equal(ours[name], theirs[name]) for name in ours)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines()]
