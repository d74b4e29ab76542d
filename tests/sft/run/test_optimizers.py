"""Which optimizer and which attention a run is given, as its checkpoints and its model tell."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, TrainerState

from data.store import read_json
from sft.config import Adapter
from sft.models.base import load_model
from sft.run import checkpoint
from sft.run.train import train
from tests.sft.runs import Cut, cut_after, same
from tests.sft.small import POCKET, run

SHORT: dict[str, Any] = {"max_steps": 2, "checkpoint_every": 1, "adapter": Adapter(rank=2, alpha=4)}


def used(folder: Path) -> dict[str, Any]:
    """Return the settings of the optimizer that a run has trained with."""
    last = checkpoint.at_step(folder / "stage-00", 2)
    return dict(read_json(last / "progress.json")["optimizer"][0])


@pytest.mark.parametrize(("optim", "fused"), [("adamw_torch", None), ("adamw_torch_fused", True)])
def test_adam_is_the_one_that_was_asked_for(dataset: Path, tmp_path: Path, optim: Any, fused: bool | None) -> None:
    train(run(dataset, optim=optim, adam_beta1=0.8, adam_beta2=0.95, adam_epsilon=1e-6, **SHORT), tmp_path)

    kept = used(tmp_path)
    assert (kept["betas"], kept["eps"], kept["fused"]) == ([0.8, 0.95], 1e-6, fused)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_attention_is_the_one_that_was_asked_for(tmp_path: Path, attention: Any) -> None:
    model = load_model(POCKET, run(tmp_path, attn_implementation=attention))

    assert model.config._attn_implementation == attention


def test_liger_is_given_the_model_less_its_own_head(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr("sft.run.train.check_machine", lambda config: None)
    monkeypatch.setattr("transformers.trainer.apply_liger_kernel", lambda *taken: given.append(taken))

    train(run(dataset, use_liger_kernel=True, **SHORT), tmp_path)

    ((model, settings),) = given
    assert "Peft" in type(model).__name__
    assert settings == {"fused_linear_cross_entropy": False}


MAP = torch.arange(4.0)
"""One tensor that all parameters share."""


class Nested(torch.optim.Optimizer):
    """Keeps numbers and nested tensors, as 8-bit optimizers do."""

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, {"lr": 0.1})

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # torch overloads it
        """Count."""
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                state["step"] = state.get("step", 0) + 1
                state["quantized"] = {"state1": torch.full((3,), 7.0), "map": MAP}


def test_numbers_and_nested_tensors_of_an_optimizer_come_back(tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(POCKET)
    before, after = (Nested(list(model.parameters())[:2]) for _ in range(2))
    schedules = [torch.optim.lr_scheduler.ConstantLR(one) for one in (before, after)]
    for _ in range(5):
        before.step()

    place = checkpoint.write(tmp_path, model, before, schedules[0], TrainerState(global_step=5), {})
    checkpoint.restore(place, after, schedules[1])

    kept = after.state_dict()["state"]
    assert [state["step"] for state in kept.values()] == [5, 5]
    assert all(state["quantized"]["state1"].tolist() == [7, 7, 7] for state in kept.values())
    assert all(state["quantized"]["map"].tolist() == [0, 1, 2, 3] for state in kept.values())


@pytest.mark.gpu  # it runs on CPUs too, but bitsandbytes is no part of the lock for them
def test_a_run_with_eight_bits_an_optimizer_number_goes_on_to_the_same_bits(dataset: Path, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    config = run(dataset, optim="adamw_8bit", adapter=Adapter(kind="full"), max_steps=4, checkpoint_every=1)
    whole = train(config, tmp_path / "whole")
    with pytest.raises(Cut):
        train(config, tmp_path / "cut", watch=cut_after(2))

    resumed = train(config, tmp_path / "cut")

    state = load_file(checkpoint.at_step(tmp_path / "cut" / "stage-00", 4) / "optimizer.safetensors")
    assert torch.uint8 in {tensor.dtype for tensor in state.values()}
    assert same(resumed.folder, whole.folder)
