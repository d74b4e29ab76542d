"""The model in the repository."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from data.prompts.wording import question_prompt
from data.tasks.generate import generate

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "data" / "pocket"


def test_the_weights_are_those_the_page_names() -> None:
    weights = (FOLDER / "model.safetensors").read_bytes()

    assert len(weights) <= 12_000_000
    assert sha256(weights).hexdigest() in (ROOT / "docs" / "pocket.md").read_text()


@pytest.mark.slow
def test_it_solves_held_out_problems_at_length() -> None:
    tokenizer: Any = AutoTokenizer.from_pretrained(FOLDER)
    model: Any = AutoModelForCausalLM.from_pretrained(FOLDER)
    problems = [*generate("directions", count=3, seed=1, split="held_out", difficulties=[3])]
    lengths, right = [], []
    for problem in problems:
        messages = [{"role": "user", "content": question_prompt(problem.question)}]
        prompt = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        ids = model.generate(**prompt, max_new_tokens=600, do_sample=False)[0][prompt["input_ids"].shape[1] :]
        lengths.append(len(ids))
        right.append(f"\\boxed{{{problem.gold}}}" in tokenizer.decode(ids).partition("</think>")[2])

    assert sum(lengths) / len(lengths) > 100
    assert sum(right) >= 2
