"""What `make real` has made is the model: its tokenizer, its template and what it says."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

pytestmark = [pytest.mark.real, pytest.mark.slow]

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
PLAIN = (
    "The Eiffel Tower is a wrought-iron lattice tower on the Champ de Mars in Paris, France. It is named after the "
    "engineer Gustave Eiffel, whose company designed and built the tower from 1887 to 1889."
)


def test_it_answers_under_its_own_template_and_finds_plain_english_likely(
    real_model: Path, real_tokenizer: Any
) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(real_model, dtype=torch.float32)
    question = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = real_tokenizer.apply_chat_template(
        question, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    text = real_tokenizer(PLAIN, return_tensors="pt")
    with torch.no_grad():
        ids = model.generate(**prompt, max_new_tokens=16, do_sample=False)[0][prompt["input_ids"].shape[1] :]
        loss = float(model(**text, labels=text["input_ids"]).loss)

    assert real_tokenizer.decode(ids) == "The capital of France is Paris.<|im_end|>"
    assert loss < 2.0  # a model whose heads are in the wrong order is above 5
    assert sum(weight.numel() for weight in model.parameters()) == 134_515_008


def test_its_template_puts_a_system_turn_of_its_own_where_there_is_none(real_tokenizer: Any) -> None:
    turns = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    bare, told = (real_tokenizer.apply_chat_template(it, tokenize=False) for it in (turns[1:], turns))

    assert bare == f"<|im_start|>system\n{SYSTEM}<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
    assert told == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("In 1887", ["In", "Ġ", "1", "8", "8", "7"]),
        ("12.5 tabs\t\n\n def", ["1", "2", ".", "5", "Ġtabs", "ĉ", "ĊĊ", "Ġdef"]),
        ("<|im_start|>user", ["<|im_start|>", "user"]),
    ],
)
def test_its_tokenizer_splits_digits_and_knows_its_marks(real_tokenizer: Any, text: str, tokens: list[str]) -> None:
    assert real_tokenizer.tokenize(text) == tokens


@pytest.mark.parametrize("text", [PLAIN, "½ of 10⁶ ≈ 500 000", "  two  blanks\r\n\ttab", "思考 🧠"])
def test_text_comes_back_from_its_tokens_to_the_byte(real_tokenizer: Any, text: str) -> None:
    assert real_tokenizer.decode(real_tokenizer.encode(text)) == text
