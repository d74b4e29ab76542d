from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

from data.errors import ArtifactError
from data.store import read_json
from sft.adapters.difference import difference
from sft.config import Base
from tests.sft.adapters.test_mixed import IDS


def model(seed: int = 0, **more: Any) -> Any:
    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": 32,
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    } | more
    return LlamaForCausalLM(LlamaConfig(**shape)).eval()


def saved(folder: Path, it: Any) -> Base:
    it.save_pretrained(str(folder))
    return Base(model=str(folder))


def turned(rank: int) -> Any:
    """The base with an update of this rank on every linear layer but the head."""
    it = model()
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in it.named_parameters():
            if "proj" in name:
                weight += 0.1 * torch.randn(weight.shape[0], rank) @ torch.randn(rank, weight.shape[1])
    return it


def logits(it: Any) -> torch.Tensor:
    with torch.no_grad():
        return torch.as_tensor(it(IDS).logits)


def adapted(folder: Path) -> Any:
    return PeftModel.from_pretrained(model(), str(folder)).eval()


def test_at_1_the_base_becomes_the_other_model_where_the_rank_holds_the_difference(tmp_path: Path) -> None:
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", turned(3))
    folder = difference(base, other, tmp_path / "delta", rank=3)
    told = read_json(folder / "training.json")

    assert torch.allclose(logits(adapted(folder)), logits(turned(3)), atol=1e-4)
    assert told["difference"]["held"] == pytest.approx(1, abs=1e-5)
    assert told["update"] == {"direction": "long_to_short", "scales": [0, 1], "convention": "base + alpha * update"}
    assert told["base"]["digest"] != told["difference"]["other"]["digest"]


def test_a_rank_above_the_layers_is_exact_and_padded(tmp_path: Path) -> None:
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", turned(16))
    folder = difference(base, other, tmp_path / "delta", rank=32)

    assert torch.allclose(logits(adapted(folder)), logits(turned(16)), atol=1e-3)
    assert read_json(folder / "adapter_config.json")["r"] == 32


def test_what_the_rank_and_a_lora_leave_out_is_told(tmp_path: Path) -> None:
    whole = turned(8)
    with torch.no_grad():
        whole.model.norm.weight += 0.5
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", whole)
    told = read_json(difference(base, other, tmp_path / "delta", rank=2) / "training.json")["difference"]

    assert 0 < told["held"] < 0.9
    assert told["beyond_rank"] > 0
    assert told["not_linear"] > 0
    assert told["held"] + told["beyond_rank"] + told["not_linear"] == pytest.approx(1)


def test_a_tied_base_and_an_untied_model_differ_in_the_head_too_which_no_lora_carries(tmp_path: Path) -> None:
    base = saved(tmp_path / "base", model(tie_word_embeddings=True))
    other = saved(tmp_path / "other", model(seed=2, tie_word_embeddings=False))
    folder = difference(base, other, tmp_path / "delta", rank=16)
    told = read_json(folder / "training.json")["difference"]

    assert 0 < told["not_linear"] < 1
    assert not any("lm_head" in name for name in load_file(folder / "adapter_model.safetensors"))


def test_the_same_models_give_the_same_bytes(tmp_path: Path) -> None:
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", turned(8))
    one, two = (difference(base, other, tmp_path / name, rank=4) / "adapter_model.safetensors" for name in "xy")

    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"vocab_size": 40}, "size of the embedding 32 and 40"),
        ({"intermediate_size": 40}, r"gate_proj.weight is \(24, 16\) in one and \(40, 16\)"),
        ({"num_hidden_layers": 1}, "has model.layers.1.*, and .* has not"),
    ],
)
def test_models_of_no_family_are_refused_by_what_differs(tmp_path: Path, more: dict[str, int], told: str) -> None:
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", model(**more))

    with pytest.raises(ArtifactError, match=told):
        difference(base, other, tmp_path / "delta", rank=4)

    assert not (tmp_path / "delta").exists()


def test_a_model_against_itself_is_refused(tmp_path: Path) -> None:
    base = saved(tmp_path / "base", model())

    with pytest.raises(ArtifactError, match="no linear layer differs"):
        difference(base, base, tmp_path / "delta", rank=4)


def test_weights_that_are_not_finite_are_told_by_name(tmp_path: Path) -> None:
    broken = turned(3)
    with torch.no_grad():
        broken.model.layers[1].mlp.up_proj.weight[0, 0] = float("nan")
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", broken)

    with pytest.raises(ArtifactError, match=r"layers\.1\.mlp\.up_proj\.weight holds numbers that are not finite"):
        difference(base, other, tmp_path / "delta", rank=4)


def test_which_of_the_two_thinks_longer_is_told(tmp_path: Path) -> None:
    base, other = saved(tmp_path / "base", model()), saved(tmp_path / "other", turned(3))
    folder = difference(base, other, tmp_path / "delta", rank=3, direction="short_to_long")

    assert read_json(folder / "training.json")["update"]["direction"] == "short_to_long"
