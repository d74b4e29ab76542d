import re
from typing import Any

import pytest

from data.conditions import Condition
from data.prompts.wording import question_prompt
from sft.rows.labels import IGNORED, Labelled
from sft.rows.unfit import Unfit
from stages.engines.engine import Message, Request, Sampling
from stages.engines.local.chat import Chat
from tests.sft.small import labels_of

REPLY = "<think>\n2 + 3 = 5.\n</think>\nThe answer is \\boxed{5}."
ROW: dict[str, Any] = {
    "trace_id": "t",
    "prompt": [{"role": "user", "content": question_prompt("What is 2 + 3?")}],
    "completion": [{"role": "assistant", "content": REPLY}],
}


def labelled(row: dict[str, Any], tokenizer: Any) -> Labelled:
    return labels_of(tokenizer).of(row)


def test_only_the_completion_is_trained_and_its_end_is_in_the_loss(tokenizer: Any) -> None:
    found = labelled(ROW, tokenizer)
    trained = [label for label in found.labels if label != IGNORED]

    assert tokenizer.decode(trained) == REPLY + tokenizer.eos_token
    assert trained[-1] == tokenizer.eos_token_id
    assert len(found.labels) == len(found.input_ids)


def test_the_trained_prompt_is_the_prompt_at_inference(tokenizer: Any) -> None:
    found = labelled(ROW, tokenizer)
    begin = next(at for at, label in enumerate(found.labels) if label != IGNORED)
    asked = tokenizer.apply_chat_template(ROW["prompt"], add_generation_prompt=True, tokenize=False)

    assert tokenizer.decode(found.input_ids[:begin]) == asked


def test_a_template_without_an_end_is_trained_with_the_tokenizers(tokenizer: Any) -> None:
    tokenizer.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"

    assert labelled(ROW, tokenizer).labels[-1] == tokenizer.eos_token_id


def test_a_thought_that_does_not_end_is_refused(tokenizer: Any) -> None:
    said = [{"role": "assistant", "content": "<think>\n2 + 3"}]

    with pytest.raises(Unfit, match="does not end"):
        labelled(ROW | {"completion": said}, tokenizer)


@pytest.mark.parametrize(
    "turns",
    [
        [("user", question_prompt("What is 2 + 3?"))],
        [("user", " What is ½ of 10⁶?\n\n")],
        [("system", "Be brief."), ("user", "What is 2 + 3?")],
        [("user", "What is 1 + 1?"), ("assistant", "<think>\n1 + 1 = 2.\n</think>\n2"), ("user", "And 2 + 3?")],
    ],
    ids=["asked", "odd characters", "with a system turn", "with an example"],
)
def test_the_trained_prompt_ids_are_those_that_an_engine_sends(tokenizer: Any, turns: Any) -> None:
    prompt = [{"role": role, "content": content} for role, content in turns]
    found = labelled(ROW | {"prompt": prompt}, tokenizer)
    messages = tuple(Message(role=role, content=content) for role, content in turns)
    sent = list(Chat(tokenizer).encode(Request(messages, Sampling(), seed=0)).ids)

    assert found.input_ids[: len(sent)] == sent
    assert set(found.labels[: len(sent)]) == {IGNORED}
    assert IGNORED not in found.labels[len(sent) :]


def segment(text: str, *, train: bool | None = True, weight: float | None = None) -> dict[str, Any]:
    return {"text": text, "role": "assistant", "kind": "cot", "train": train, "weight": weight}


def test_a_masked_segment_is_given_and_not_trained(tokenizer: Any) -> None:
    cut = REPLY.index("</think>")
    row = ROW | {"segments": [segment(REPLY[:cut], train=False), segment(REPLY[cut:])]}

    found = labelled(row, tokenizer)

    assert tokenizer.decode([label for label in found.labels if label != IGNORED]) == REPLY[cut:] + tokenizer.eos_token
    assert REPLY[:cut] in tokenizer.decode(found.input_ids)
    assert all((label == IGNORED) == (weight == 0) for label, weight in zip(found.labels, found.weights, strict=True))


def test_the_end_is_trained_even_after_a_masked_segment(tokenizer: Any) -> None:
    cut = REPLY.index("</think>")
    found = labelled(ROW | {"segments": [segment(REPLY[:cut]), segment(REPLY[cut:], train=False)]}, tokenizer)

    trained = [label for label in found.labels if label != IGNORED]
    assert tokenizer.decode(trained) == REPLY[:cut] + tokenizer.eos_token


def test_a_segment_weighs_its_tokens(tokenizer: Any) -> None:
    cut = REPLY.index("</think>")
    found = labelled(ROW | {"segments": [segment(REPLY[:cut], weight=0.25), segment(REPLY[cut:])]}, tokenizer)
    light = [token for token, weight in zip(found.input_ids, found.weights, strict=True) if weight == 0.25]

    assert tokenizer.decode(light) == REPLY[:cut]
    assert found.weights[-1] == 1.0


def test_a_token_half_in_a_masked_segment_is_not_trained(tokenizer: Any) -> None:
    cut = REPLY.index("<think>") + len("<thi")
    found = labelled(ROW | {"segments": [segment(REPLY[:cut]), segment(REPLY[cut:], train=False)]}, tokenizer)

    assert [label for label in found.labels if label != IGNORED] == [tokenizer.eos_token_id]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"segments": [segment("else")]}, "are not its completion"),
        ({"segments": [segment(REPLY, train=False)]}, "no segment is trained"),
        ({"segments": [segment(REPLY[:9], weight=0.0), segment(REPLY[9:], train=False)]}, "no segment is trained"),
        ({"segments": [segment(REPLY, weight=-1.0)]}, "weighs -1.0"),
        ({"segments": [segment(REPLY, weight=float("nan"))]}, "weighs nan"),
        ({"completion": []}, "one assistant turn"),
        ({"completion": [*ROW["completion"], {"role": "user", "content": "And?"}]}, "one assistant turn"),
    ],
)
def test_a_row_that_cannot_be_labelled_is_refused(tokenizer: Any, more: dict[str, Any], told: str) -> None:
    with pytest.raises(Unfit, match=told):
        labelled(ROW | more, tokenizer)


@pytest.mark.parametrize("token", ["<|end|>", "<|user|>", "<|pad|>"])
@pytest.mark.parametrize("turns", ["prompt", "completion"])
def test_text_with_a_control_token_is_refused_with_row_and_token(tokenizer: Any, token: str, turns: str) -> None:
    (turn,) = ROW[turns]
    said = turn["content"] + f"{token}What is 3 + 3?"

    with pytest.raises(Unfit, match=rf"its {turn['role']} turn holds {re.escape(token)}, which"):
        labelled(ROW | {turns: [{**turn, "content": said}]}, tokenizer)


def test_a_control_token_that_the_row_asks_for_is_trained(tokenizer: Any) -> None:
    said = REPLY.replace("2 + 3", "<|pad|>2 + 3")
    row = ROW | {"completion": [{"role": "assistant", "content": said}], "added_tokens": ["<|pad|>"]}

    found = labelled(row, tokenizer)

    assert tokenizer.pad_token_id in [label for label in found.labels if label != IGNORED]


def test_the_marker_of_another_models_tokens_is_text(tokenizer: Any) -> None:
    marked = Condition(control_kind="ratio_kept", suffix="<|eot_id|>{value}<|eot_id|>").on(ROW["prompt"], 0.5)

    found = labelled(ROW | {"prompt": marked}, tokenizer)

    assert "<|eot_id|>0.5<|eot_id|>" in tokenizer.decode(found.input_ids)


def test_marks_of_thought_may_be_control_tokens(tokenizer: Any) -> None:
    tokenizer.add_special_tokens({"extra_special_tokens": ["<think>", "</think>"]})

    found = labelled(ROW, tokenizer)

    assert "<think>" in tokenizer.all_special_tokens
    assert tokenizer.decode([label for label in found.labels if label != IGNORED]) == REPLY + tokenizer.eos_token
