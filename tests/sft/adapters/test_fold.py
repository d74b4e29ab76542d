from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM, LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from data.errors import ArtifactError, ConfigError
from data.store import read_json, write_json
from sft.adapters.added import add_to_model, add_to_tokenizer, trained_rows
from sft.adapters.fold import fold
from sft.config import Base
from sft.models.origin import base_digest
from tests.sft.small import POCKET

FEW = ["<|gist|>", "<|sum|>"]
MANY = [f"<|t{number}|>" for number in range(60)]
TARGETS = ["q_proj", "o_proj", "down_proj"]
# What PEFT says while the tests make and run adapters on an end of a tied model.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Model (with|has) `tie_word_embeddings", "ignore:Setting `save_embedding_layers`"
)


def untied(folder: Path) -> Path:
    """Write the pocket model with a head of its own."""
    model: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    other: Any = LlamaForCausalLM(LlamaConfig.from_pretrained(POCKET, tie_word_embeddings=False))
    other.load_state_dict(model.state_dict())
    other.save_pretrained(folder)
    AutoTokenizer.from_pretrained(POCKET).save_pretrained(folder)
    return folder


def adapter(folder: Path, base: Path = POCKET, tokens: list[str] | None = None, **more: Any) -> Path:
    """Write an adapter with random weights, and the tokenizer that it adds tokens to."""
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    known = len(tokenizer)
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    new = add_to_tokenizer(tokenizer, tokens or [])
    add_to_model(model, new, known)
    settings: dict[str, Any] = {"task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "target_modules": TARGETS} | more
    model = get_peft_model(model, LoraConfig(**settings, trainable_token_indices=trained_rows(model, new)))
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter), alpha=0.1 if "magnitude" not in name else 0.01)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(folder)
    return folder


def logits(model: Any, folder: Path) -> torch.Tensor:
    """The logits of a text that holds every token that was added."""
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    added = [token for token in (*FEW, *MANY) if token in tokenizer.get_vocab()]
    ids = torch.tensor([tokenizer.encode("What is 3 + 4? " + "".join(added), add_special_tokens=False)])
    with torch.no_grad():
        return torch.as_tensor(model.eval()(ids).logits)[..., : len(tokenizer)]


def beside(folder: Path) -> Any:
    """Base and adapter, as PEFT runs them."""
    return AutoPeftModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def whole(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


KINDS: dict[str, dict[str, Any]] = {
    "lora": {},
    "rslora": {"use_rslora": True},
    "dora": {"use_dora": True},
    "every linear layer, ranks of their own": {
        "target_modules": "all-linear",
        "rank_pattern": {"q_proj": 2},
        "alpha_pattern": {"down_proj": 3},
    },
    "tokens that fit": {"tokens": FEW},
    "tokens that need rows": {"tokens": MANY},
    "dora and tokens": {"tokens": MANY, "use_dora": True},
    "a whole head": {"modules_to_save": ["lm_head"]},
    "a whole norm": {"modules_to_save": ["norm"]},
    "an adapter on the head": {"target_modules": [*TARGETS, "lm_head"]},
    "an adapter on the embedding": {"target_modules": [*TARGETS, "embed_tokens"]},
}


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("more", KINDS.values(), ids=KINDS)
def test_the_folded_model_says_what_base_and_adapter_say(tmp_path: Path, more: dict[str, Any], tied: bool) -> None:
    base = POCKET if tied else untied(tmp_path / "base")
    trained = adapter(tmp_path / "adapter", base, **more)

    folder = fold(trained, tmp_path / "folded", dtype="float32")

    expected = logits(beside(trained), trained)
    plain = logits(whole(base), trained) if not more.get("tokens") else None
    torch.testing.assert_close(logits(whole(folder), folder), expected, atol=1e-4, rtol=1e-4)
    assert plain is None or (plain - expected).abs().max() > 0.1, "the adapter does something"


@pytest.mark.parametrize(
    ("more", "stays"),
    [
        ({}, True),
        ({"tokens": MANY}, True),
        ({"modules_to_save": ["lm_head"]}, False),
        ({"target_modules": ["q_proj", "embed_tokens"]}, False),
    ],
)
def test_a_tied_head_stays_tied_where_the_adapter_leaves_it(tmp_path: Path, more: dict[str, Any], stays: bool) -> None:
    folder = fold(adapter(tmp_path / "adapter", **more), tmp_path / "folded")
    names = load_file(folder / "model.safetensors").keys()

    assert read_json(folder / "config.json")["tie_word_embeddings"] is stays
    assert ("lm_head.weight" in names) is not stays


def test_a_folded_model_has_all_that_serves_it_and_says_what_it_was_made_of(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter", tokens=MANY)
    was = {"base": {"model": str(POCKET), "revision": None, "digest": base_digest(POCKET)}, "dataset": {"name": "d"}}
    write_json(trained / "training.json", was | {"update": {"direction": "long_to_short"}, "weights": {}})

    folder = fold(trained, tmp_path / "folded")

    record, config = read_json(folder / "training.json"), read_json(folder / "config.json")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    asked = [{"role": "user", "content": "2 + 2?"}]
    ours: Any = AutoTokenizer.from_pretrained(POCKET)
    assert config == read_json(POCKET / "config.json") | {"vocab_size": len(tokenizer)}
    assert read_json(folder / "generation_config.json") == read_json(POCKET / "generation_config.json")
    assert {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()} == {torch.bfloat16}
    assert tokenizer.apply_chat_template(asked, tokenize=False) == ours.apply_chat_template(asked, tokenize=False)
    assert "update" not in record
    assert record["dataset"] == {"name": "d"}
    assert record["folded"]["base"]["digest"] == base_digest(POCKET)
    assert list(record["weights"]) == ["model.safetensors"]
    assert base_digest(POCKET) in (folder / "README.md").read_text()


def test_a_base_without_its_own_tokenizer_beside_the_adapter_lends_its_own(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    for path in trained.glob("*token*"):
        path.unlink()
    (trained / "chat_template.jinja").unlink()

    folder = fold(trained, tmp_path / "folded")

    assert (folder / "chat_template.jinja").read_bytes() == (POCKET / "chat_template.jinja").read_bytes()
    assert (folder / "tokenizer.json").read_bytes() == (POCKET / "tokenizer.json").read_bytes()


def changed(folder: Path, **settings: Any) -> None:
    path = folder / "adapter_config.json"
    write_json(path, read_json(path) | settings)


def test_what_cannot_be_folded_is_refused_by_name_and_leaves_nothing(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    changed(trained, peft_type="IA3", alora_invocation_tokens=[1], layer_replication=[[0, 2]])

    with pytest.raises(ArtifactError) as raised:
        fold(trained, tmp_path / "folded")

    faults = raised.value.faults
    assert ["IA3" in faults[0], "alora" in faults[1], "layer_replication" in faults[2]] == [True] * 3
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_an_adapter_of_another_base_is_refused(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    other = LlamaForCausalLM(LlamaConfig.from_pretrained(POCKET, hidden_size=96))
    other.save_pretrained(tmp_path / "other")
    named = Base(model=str(tmp_path / "other"))

    with pytest.raises(ArtifactError, match="give the base it was trained on"):
        fold(trained, tmp_path / "folded", base=named)

    write_json(trained / "training.json", {"base": {"model": "m", "digest": "a" * 64}})
    with pytest.raises(ArtifactError, match="trained on m with digest"):
        fold(trained, tmp_path / "folded", base=Base(model=str(POCKET)))


def test_an_adapter_that_lacks_tensors_is_refused(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    weights = load_file(trained / "adapter_model.safetensors")
    lost = sorted(weights)[3]
    save_file({name: tensor for name, tensor in weights.items() if name != lost}, trained / "adapter_model.safetensors")

    with pytest.raises(ArtifactError, match="in its file or asked for by its settings") as raised:
        fold(trained, tmp_path / "folded")

    assert lost in str(raised.value)


def test_an_update_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    weights = load_file(trained / "adapter_model.safetensors")
    save_file({name: tensor * float("nan") for name, tensor in weights.items()}, trained / "adapter_model.safetensors")

    with pytest.raises(ArtifactError, match="not finite"):
        fold(trained, tmp_path / "folded")

    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_an_adapter_that_names_no_base_asks_for_one(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    changed(trained, base_model_name_or_path=None)

    with pytest.raises(ConfigError, match="does not say which base"):
        fold(trained, tmp_path / "folded")


def test_what_is_there_already_is_left_alone(tmp_path: Path) -> None:
    trained = adapter(tmp_path / "adapter")
    (tmp_path / "folded").mkdir()

    with pytest.raises(ArtifactError, match="is there already"):
        fold(trained, tmp_path / "folded")

    assert list((tmp_path / "folded").iterdir()) == []
