from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM, PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from sft.adapters.added import add_to_model, add_to_tokenizer, trained_rows
from sft.adapters.attach import lora
from sft.config import Adapter, Base
from sft.run.train import train
from sft.schedules.progressive import Progressive
from tests.sft.small import POCKET, rows, run, version

FEW = ["<|gist|>", "<|sum|>"]
MANY = [f"<|t{number}|>" for number in range(60)]


def test_a_token_the_tokenizer_knows_is_not_new(tokenizer: Any) -> None:
    known = len(tokenizer)

    assert add_to_tokenizer(tokenizer, ["<think>", *FEW]) == [known, known + 1]
    assert [len(tokenizer.encode(token, add_special_tokens=False)) for token in FEW] == [1, 1]


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("tokens", [FEW, MANY], ids=["fit the padding", "need more rows"])
def test_new_tokens_begin_as_the_mean_of_the_known_ones(tokenizer: Any, tied: bool, tokens: list[str]) -> None:
    known = len(tokenizer)
    config = LlamaConfig.from_pretrained(POCKET, tie_word_embeddings=tied)
    torch.manual_seed(0)
    model: Any = LlamaForCausalLM(config)
    ends = [model.get_input_embeddings, model.get_output_embeddings]
    means = [end().weight[:known].mean(dim=0) for end in ends]
    before = [end().weight[:known].clone() for end in ends]

    new = add_to_tokenizer(tokenizer, tokens)
    add_to_model(model, new, known)

    for end, mean, old in zip(ends, means, before, strict=True):
        torch.testing.assert_close(end().weight[new], mean.expand(len(new), -1))
        assert torch.equal(end().weight[:known], old)
    assert lora(Adapter(), trained_rows(model, new)).trainable_token_indices == (
        {"embed_tokens": new} if tied else {"embed_tokens": new, "lm_head": new}
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "tokens",
    [pytest.param(FEW, id="fit the padding", marks=pytest.mark.long), pytest.param(MANY, id="need more rows")],
)
def test_plain_peft_loads_an_adapter_with_its_new_tokens(tmp_path: Path, tokens: list[str]) -> None:
    found = rows()
    for it in found:
        (turn,) = it["completion"]
        it["completion"] = [{**turn, "content": turn["content"].replace("<think>\n", f"<think>\n{tokens[0]}")}]
        it["added_tokens"] = tokens
    trained = train(run(version(tmp_path / "data", found), learning_rate=1e-2, max_steps=40), tmp_path / "run")

    model: Any = AutoPeftModelForCausalLM.from_pretrained(trained.folder, dtype=torch.float32).eval()
    new: Any = AutoTokenizer.from_pretrained(trained.folder)
    asked = new.apply_chat_template(found[0]["prompt"], add_generation_prompt=True, tokenize=False)
    ids = torch.tensor([new.encode(f"{asked}<think>\n{tokens[0]}", add_special_tokens=False)])
    token = new.convert_tokens_to_ids(tokens[0])
    embedding = model.get_input_embeddings()(torch.tensor([token, token + 1]))
    with torch.no_grad():
        logits = model(ids).logits

    assert ids[0].tolist().count(token) == 1
    assert not torch.allclose(embedding[0], embedding[1]), "only the one in the rows was trained"
    assert int(logits[0, -2].argmax()) == token, "it learned to say the new token after <think>"

    base: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    if len(new) > base.get_input_embeddings().num_embeddings:
        base.resize_token_embeddings(len(new))
    with torch.no_grad():
        other = PeftModel.from_pretrained(base, trained.folder).eval()(ids).logits
    torch.testing.assert_close(other[..., : len(new)], logits[..., : len(new)])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tied", "kind"),
    [
        (False, "lora"),
        (True, "full"),
        pytest.param(True, "lora", marks=pytest.mark.long),
        pytest.param(False, "full", marks=pytest.mark.long),
    ],
)
def test_new_tokens_are_trained_at_both_ends_and_kept_from_stage_to_stage(
    tmp_path: Path, tied: bool, kind: Any
) -> None:
    base = tmp_path / "base"
    whole: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    config = LlamaConfig.from_pretrained(POCKET, tie_word_embeddings=tied)
    model: Any = LlamaForCausalLM(config)
    model.load_state_dict(whole.state_dict())
    model.save_pretrained(base)
    AutoTokenizer.from_pretrained(POCKET).save_pretrained(base)
    found = [it | {"added_tokens": MANY} for it in rows()]
    for it in found:
        (turn,) = it["completion"]
        it["completion"] = [{**turn, "content": turn["content"].replace("<think>\n", f"<think>\n{MANY[0]}")}]
    settings: dict[str, Any] = {"base": Base(model=str(base)), "adapter": Adapter(kind=kind, rank=4), "max_steps": 4}
    run_it = run(version(tmp_path / "data", found), schedule=Progressive(stages=3), learning_rate=1e-3, **settings)

    trained = train(run_it, tmp_path / "run")

    moved = [_ends(folder, kind) for folder in trained.stages]
    for before, after in pairwise(moved):
        assert before.keys() == after.keys()
        assert len(after) == (1 if tied else 2)
        assert all(not torch.equal(before[name], after[name]) for name in after)


def _ends(folder: Path, kind: str) -> dict[str, torch.Tensor]:
    """Return what a checkpoint keeps of the first new token, by the end it is at."""
    (path,) = folder.glob("*model.safetensors")
    first = -len(MANY) if kind == "full" else 0
    found = {name: tensor for name, tensor in load_file(path).items() if "lm_head" in name or "embed_tokens" in name}
    return {name: tensor[first] for name, tensor in found.items()}
