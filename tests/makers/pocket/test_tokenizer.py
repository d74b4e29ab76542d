from random import Random
from typing import Any

import pytest

from data.prompts.wording import END_THINK, THINK
from makers.pocket.lessons import lesson
from makers.pocket.tokenizer import train_tokenizer

TEXTS = (
    "Compute 347 + 589.",
    "Héllo, wörld! 🎉\n\n\ttabs  and   blanks \u2028 ⊕ and ⊖ ★ ⊘ x ≡ q ⊗ a",
    f"{THINK}\n7 + 9 = 16.\n{END_THINK}\nThe answer is \\boxed{{936}}.",
    "\x00\x7f 1 2  3",
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    rng = Random(0)
    lessons = [lesson(rng, len) for _ in range(400)]
    return train_tokenizer((message["content"] for messages in lessons for message in messages), 1152)


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_comes_back_byte_for_byte(tokenizer: Any, text: str) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False)

    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_digits_are_single_tokens(tokenizer: Any) -> None:
    ids = tokenizer.encode("90210 is 90210", add_special_tokens=False)

    assert sum(tokenizer.decode([i]).strip() in tuple("0123456789") for i in ids) == 10


def test_think_marks_are_single_tokens(tokenizer: Any) -> None:
    for mark in (THINK, END_THINK):
        assert len(tokenizer.encode(mark, add_special_tokens=False)) == 1


def test_the_prompt_is_where_the_whole_conversation_begins(tokenizer: Any) -> None:
    rng = Random(1)
    for _ in range(30):
        messages = lesson(rng, len)
        whole = tokenizer.apply_chat_template(messages, tokenize=False)
        prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)

        assert whole == prompt + messages[-1]["content"] + tokenizer.eos_token


def test_prompt_and_reply_encode_apart_as_they_do_together(tokenizer: Any) -> None:
    rng = Random(2)
    for _ in range(30):
        messages = lesson(rng, len)
        whole = tokenizer.apply_chat_template(messages, tokenize=False)
        prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
        parts = [tokenizer.encode(text, add_special_tokens=False) for text in (prompt, whole[len(prompt) :])]

        assert parts[0] + parts[1] == tokenizer.encode(whole, add_special_tokens=False)


def test_a_partly_written_reply_is_continued(tokenizer: Any) -> None:
    messages = [{"role": "user", "content": "What is 1 + 1?"}, {"role": "assistant", "content": f"{THINK}\n1 + 1"}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, continue_final_message=True)

    assert text.endswith(f"<|assistant|>{THINK}\n1 + 1")
