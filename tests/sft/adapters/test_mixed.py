import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

from data.errors import ArtifactError
from data.store import write_json
from sft.adapters.mixed import Part, mix

IDS = torch.arange(24).reshape(2, 12)


def base() -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2
    )
    return LlamaForCausalLM(config).eval()


def adapter(folder: Path, seed: int = 1, rank: int = 4, **more: Any) -> Path:
    """Write an adapter with random weights."""
    told: dict[str, Any] = {
        "task_type": "CAUSAL_LM",
        "r": rank,
        "lora_alpha": 10,
        "target_modules": ["q_proj", "up_proj"],
    } | more
    model = get_peft_model(base(), LoraConfig(**told))
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(std=0.2)
    model.save_pretrained(str(folder))
    return folder


def logits(folder: Path | None) -> torch.Tensor:
    model: Any = base() if folder is None else PeftModel.from_pretrained(base(), str(folder)).eval()
    with torch.no_grad():
        return torch.as_tensor(model(IDS).logits)


def merged(parts: list[Part]) -> torch.Tensor:
    """The logits of the base with every part's update added to its weights so many times."""
    plain, whole = base(), base()
    for part in parts:
        tuned = PeftModel.from_pretrained(base(), str(part.adapter)).merge_and_unload()
        for name, weight in whole.state_dict().items():
            weight += part.times * (tuned.state_dict()[name] - plain.state_dict()[name])
    with torch.no_grad():
        return torch.as_tensor(whole(IDS).logits)


@pytest.mark.parametrize("rslora", [False, True])
def test_at_0_it_is_the_base_and_at_1_the_merged_adapter(tmp_path: Path, rslora: bool) -> None:
    trained = adapter(tmp_path / "a", use_rslora=rslora)

    assert torch.allclose(logits(mix([Part(trained, 0.0)], tmp_path / "0")), logits(None), atol=1e-5)
    assert torch.allclose(logits(mix([Part(trained, 1.0)], tmp_path / "1")), merged([Part(trained, 1.0)]), atol=1e-5)


@pytest.mark.parametrize("alpha", [-0.5, 0.3, 1.7])
def test_weights_are_affine_in_alpha_within_and_beyond(tmp_path: Path, alpha: float) -> None:
    trained = adapter(tmp_path / "a")
    scaled = mix([Part(trained, alpha)], tmp_path / "scaled")

    assert torch.allclose(logits(scaled), merged([Part(trained, alpha)]), atol=1e-5)


def test_a_mixture_of_two_is_exact_whatever_their_ranks_and_layers(tmp_path: Path) -> None:
    none = adapter(tmp_path / "none", seed=1, rank=4)
    long = adapter(tmp_path / "long", seed=2, rank=2, use_rslora=True, target_modules=["q_proj", "down_proj"])
    parts = [Part(none, 0.3), Part(long, 0.7)]
    made = mix(parts, tmp_path / "mixed")

    assert torch.allclose(logits(made), merged(parts), atol=1e-5)
    assert json.loads((made / "adapter_config.json").read_text())["r"] == 6


def test_what_does_not_scale_is_refused_by_name(tmp_path: Path) -> None:
    dora = adapter(tmp_path / "dora", use_dora=True)
    uneven = adapter(tmp_path / "uneven", rank_pattern={"q_proj": 2})

    with pytest.raises(ArtifactError) as raised:
        mix([Part(dora, 0.5), Part(uneven, float("nan"))], tmp_path / "out")

    assert ["DoRA" in fault for fault in raised.value.faults] == [True, False, False]
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings("ignore:Setting `save_embedding_layers`")
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"target_modules": ["q_proj", "embed_tokens"]}, "no LoRA of a linear layer"),
        ({"layers_to_transform": [0]}, "trained with layers_to_transform"),
        ({"bias": "lora_only"}, "trained with bias"),
        ({"modules_to_save": ["lm_head"]}, "trained with modules_to_save"),
    ],
)
def test_what_would_be_left_out_of_a_sum_is_refused(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ArtifactError, match=told):
        mix([Part(adapter(tmp_path / "a", **more), 1.0)], tmp_path / "out")


def test_a_folder_without_an_adapter_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="so no adapter"):
        mix([Part(tmp_path, 1.0)], tmp_path / "out")


def test_a_base_is_told_only_where_every_part_tells_it(tmp_path: Path) -> None:
    one, silent = adapter(tmp_path / "one"), adapter(tmp_path / "silent", seed=2)
    write_json(one / "training.json", {"base": {"model": "m", "digest": "a" * 64}})

    told = json.loads((mix([Part(silent, 1), Part(one, 1)], tmp_path / "out") / "training.json").read_text())

    assert "base" not in told


def test_adapters_of_two_bases_are_refused_and_one_base_is_told(tmp_path: Path) -> None:
    one, other = adapter(tmp_path / "one"), adapter(tmp_path / "other", seed=2)
    for folder, digest in ((one, "a" * 64), (other, "b" * 64)):
        update = {"direction": "long_to_short", "scales": [0, 1]}
        write_json(folder / "training.json", {"base": {"model": "m", "digest": digest}, "update": update})

    with pytest.raises(ArtifactError, match="trained on the base with digest"):
        mix([Part(one, 1), Part(other, 1)], tmp_path / "out")

    told = json.loads((mix([Part(one, 0.5)], tmp_path / "half") / "training.json").read_text())

    assert told["base"]["digest"] == "a" * 64
    assert told["mixed"][0]["times"] == 0.5
    assert told["mixed"][0]["update"]["direction"] == "long_to_short"
