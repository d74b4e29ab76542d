from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from benchmarks.fits import KINDS, MODELS, SITES, Kind, Recipe, Shape, cell, kept, memory

POCKET = Path(__file__).parents[2] / "data" / "pocket"
SIZES = {
    "Qwen2.5-0.5B": 494_032_768,
    "Qwen2.5-1.5B": 1_543_714_304,
    "Qwen2.5-3B": 3_085_938_688,
    "Qwen2.5-7B": 7_615_616_512,
    "Qwen2.5-14B": 14_770_033_664,
    "Qwen2.5-32B": 32_763_876_352,
    "Llama-3.1-70B": 70_553_706_496,
}
"""As the pages of the models on the Hub say."""


def test_models_have_their_published_sizes() -> None:
    assert {name: shape.parameters for name, shape in MODELS.items()} == SIZES


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("kind", ["lora", "full"])
def test_a_layer_keeps_what_autograd_keeps(kind: Kind, bf16: bool) -> None:
    shape, tokens = Shape.read(POCKET), 256
    dtype = torch.bfloat16 if bf16 and kind == "lora" else torch.float32
    model: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=dtype).train()
    if kind == "lora":
        model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", r=16, target_modules="all-linear"))
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    storages = dict[int, int]()

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    layers = model.get_base_model().model if kind == "lora" else model.model
    with (
        torch.autocast("cpu", torch.bfloat16, enabled=bf16),
        torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x),
    ):
        output = layers(input_ids=torch.ones(1, tokens, dtype=torch.long), use_cache=False)
    matrices = 2 * shape.layers * shape.layer if bf16 and kind == "full" else 0
    measured = (sum(storages.values()) - matrices) / tokens / shape.layers

    assert output.last_hidden_state.requires_grad
    assert kept(shape, Recipe(kind, bf16)) == pytest.approx(measured, rel=0.12)


def test_workers_share_what_is_trained_in_shards_alone() -> None:
    shape = MODELS["Qwen2.5-7B"]
    alone, ddp, fsdp = (
        memory(shape, Recipe("full", workers=workers, sharded=sharded))
        for workers, sharded in ((1, False), (8, False), (8, True))
    )

    assert ddp.weights == alone.weights
    assert (fsdp.gradients, fsdp.optimizer) == (alone.gradients / 8, alone.optimizer / 8)
    assert fsdp.fixed < ddp.fixed


@pytest.mark.parametrize("kind", KINDS)
def test_what_training_refuses_is_not_said_to_fit(kind: Kind) -> None:
    shape = MODELS["Qwen2.5-0.5B"]

    refused = {site.name for site in SITES if cell(shape, kind, site) == "refused"}

    assert refused == (
        {site.name for site in SITES if site.sharded or site.device == "cpu"} if kind == "qlora" else set()
    )
