from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from data.errors import ConfigError
from data.prompts import question_prompt
from sft.labels import IGNORED, labelled

POCKET = Path(__file__).parents[2] / "data" / "pocket"
REPLY = "<think>\n2 + 3 = 5.\n</think>\nThe answer is \\boxed{5}."
ROW = {
    "trace_id": "t",
    "prompt": [{"role": "user", "content": question_prompt("What is 2 + 3?")}],
    "completion": [{"role": "assistant", "content": REPLY}],
}
STRIPS_THINKING = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content.split('</think>')[-1] }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


@pytest.fixture
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(POCKET)


def test_only_the_completion_is_trained_and_its_end_is_in_the_loss(tokenizer: Any) -> None:
    found = labelled(ROW, tokenizer)
    trained = [label for label in found.labels if label != IGNORED]

    assert tokenizer.decode(trained) == REPLY + tokenizer.eos_token
    assert trained[-1] == tokenizer.eos_token_id
    assert found.attention_mask == [1] * len(found.input_ids)
    assert len(found.labels) == len(found.input_ids)


def test_the_trained_prompt_is_the_prompt_at_inference(tokenizer: Any) -> None:
    found = labelled(ROW, tokenizer)
    begin = next(at for at, label in enumerate(found.labels) if label != IGNORED)
    asked = tokenizer.apply_chat_template(ROW["prompt"], add_generation_prompt=True, tokenize=False)

    assert tokenizer.decode(found.input_ids[:begin]) == asked


def test_a_template_that_strips_the_reasoning_is_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = STRIPS_THINKING

    with pytest.raises(ConfigError, match="leaves out"):
        labelled(ROW, tokenizer)


def test_a_template_without_an_end_is_refused(tokenizer: Any) -> None:
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"

    with pytest.raises(ConfigError, match="does not end"):
        labelled(ROW, tokenizer)


def test_a_row_over_the_context_is_refused_and_not_cut(tokenizer: Any) -> None:
    with pytest.raises(ConfigError, match="over the context of 10"):
        labelled(ROW, tokenizer, max_tokens=10)
