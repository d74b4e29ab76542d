"""Replies in the forms in which servers send reasoning; sources named."""

import json
from typing import Any

import pytest

from stages.engines.engine import RequestFailed
from stages.engines.remote.chat_stream import Received

THOUGHT, ANSWER = "Six sevens are forty-two.", "It is 42."
WANTED = f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"

MESSAGES: dict[str, dict[str, Any]] = {
    "reasoning_content (DeepSeek, lmstudio-bug-tracker#2411)": {"reasoning_content": THOUGHT, "content": ANSWER},
    "reasoning (Ollama, anomalyco/opencode#46061)": {"reasoning": THOUGHT, "content": ANSWER},
    "both (vllm#12999)": {"reasoning": THOUGHT, "reasoning_content": THOUGHT, "content": ANSWER},
    "reasoning_text (Copilot)": {"reasoning_text": THOUGHT, "content": ANSWER},
    "thinking (Ollama's own, open-webui/docs#1394)": {"thinking": THOUGHT, "content": ANSWER},
    "thinking_blocks (LiteLLM)": {
        "thinking_blocks": [{"type": "thinking", "thinking": THOUGHT, "signature": "x"}],
        "reasoning_content": THOUGHT,
        "content": ANSWER,
    },
    "reasoning_details (MiniMax, BerriAI/litellm#22392)": {
        "reasoning_details": [{"type": "reasoning.text", "text": THOUGHT, "format": "MiniMax-response-v1"}],
        "content": ANSWER,
    },
    "reasoning_details of OpenRouter, repeated as text": {
        "reasoning": THOUGHT,
        "reasoning_details": [{"type": "reasoning.text", "text": THOUGHT, "signature": None}],
        "content": ANSWER,
    },
    "in two blocks": {
        "reasoning_details": [
            {"type": "reasoning.text", "text": THOUGHT[:9]},
            {"type": "reasoning.text", "text": THOUGHT[9:]},
        ],
        "content": ANSWER,
    },
    "chunks of content (Mistral, llm-mistral#39)": {
        "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}], "closed": True},
            {"type": "text", "text": ANSWER},
        ]
    },
    "chunks, the thought a text (Anthropic's form)": {
        "content": [{"type": "thinking", "thinking": THOUGHT, "signature": "x"}, {"type": "text", "text": ANSWER}]
    },
    "chunks with a reference among them": {
        "reasoning": THOUGHT,
        "content": [{"type": "text", "text": ANSWER}, {"type": "reference", "reference_ids": [1]}],
    },
    "the same between marks too (can1357/oh-my-pi#2434)": {
        "reasoning_content": THOUGHT,
        "content": f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}",
    },
    "marks in the field": {"reasoning": f"<think>{THOUGHT}</think>", "content": ANSWER},
    "nested by LiteLLM": {"provider_specific_fields": {"reasoning_content": THOUGHT}, "content": ANSWER},
    "nulls beside": {
        "reasoning": None,
        "reasoning_content": THOUGHT,
        "refusal": None,
        "tool_calls": None,
        "content": ANSWER,
    },
}


def received(message: dict[str, Any], part: str = "message", usage: dict[str, Any] | None = None) -> Received:
    one = Received(max_tokens=1000)
    choice = {"index": 0, part: message, "finish_reason": "stop"}
    one.feed(json.dumps({"choices": [choice], "usage": usage}).encode())
    one.close()
    return one


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_reasoning_is_read_once_from_wherever_it_is(message: dict[str, Any]) -> None:
    whole, piece = received(message), received(message, "delta")

    assert whole.text(None) == piece.text(None) == WANTED
    assert whole.end() == "stop"


def test_pieces_of_reasoning_are_joined_though_their_fields_differ() -> None:
    one = Received()
    for piece in ({"reasoning": "Six "}, {"reasoning": "sevens."}, {"content": "42"}):
        one.take(json.dumps({"choices": [{"delta": piece}]}).encode(), "delta")

    assert one.text(None) == "<think>\nSix sevens.\n</think>\n\n42"


def test_snapshots_that_grow_are_no_pieces() -> None:
    one = Received()  # MiniMax sends the reasoning so far in each chunk (can1357/oh-my-pi#2434)
    words = ["Six", "sevens", "are", "forty", "two", ",", "I", "think"]
    for count in range(1, len(words) + 1):
        text = " ".join(words[:count])
        one.take(json.dumps({"choices": [{"delta": {"reasoning_details": [{"text": text}]}}]}).encode(), "delta")

    assert one.said.reasoning == " ".join(words)


def test_a_reply_all_of_reasoning_has_no_answer() -> None:
    assert received({"content": None, "reasoning": THOUGHT}).text(None) == f"<think>\n{THOUGHT}"


HIDDEN: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "OpenAI's o-series": (
        {"content": ANSWER},
        {"prompt_tokens": 9, "completion_tokens": 206, "completion_tokens_details": {"reasoning_tokens": 200}},
        200,
    ),
    "encrypted details (OpenRouter)": (
        {"content": ANSWER, "reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAAA"}]},
        {"prompt_tokens": 9, "completion_tokens": 206, "completion_tokens_details": {"reasoning_tokens": 200}},
        200,
    ),
    "a summary, repeated as text": (
        {
            "content": ANSWER,
            "reasoning": "**Multiplying**",
            "reasoning_details": [{"type": "reasoning.summary", "summary": "**Multiplying**"}],
        },
        {"prompt_tokens": 9, "completion_tokens": 206, "completion_tokens_details": {"reasoning_tokens": 200}},
        200,
    ),
    "in the total alone (Gemini, Clarifai/clarifai-python#978)": (
        {"content": ANSWER},
        {"prompt_tokens": 20, "completion_tokens": 6, "total_tokens": 598},
        572,
    ),
    "beside the count (xAI, vercel/ai#12425)": (
        {"content": "4"},
        {
            "prompt_tokens": 12,
            "completion_tokens": 1,
            "total_tokens": 399,
            "completion_tokens_details": {"reasoning_tokens": 386},
        },
        386,
    ),
}


@pytest.mark.parametrize(("message", "usage", "hidden"), HIDDEN.values(), ids=HIDDEN)
def test_reasoning_that_a_server_keeps_is_known(message: dict[str, Any], usage: dict[str, Any], hidden: int) -> None:
    count = received(message, usage=usage).count()

    assert (count.hidden, count.counted) == (hidden, True)
    assert count.tokens > hidden


def test_reasoning_that_is_shown_is_not_hidden() -> None:
    usage = {"completion_tokens": 20, "completion_tokens_details": {"reasoning_tokens": 12}}
    inline = {"content": f"<think>{THOUGHT}</think>{ANSWER}"}

    assert received({"reasoning": THOUGHT, "content": ANSWER}, usage=usage).count().hidden == 0
    assert received(inline, usage=usage).count().hidden == 0


@pytest.mark.parametrize(
    ("message", "reason", "detail"),
    [
        ({"content": None, "refusal": "I cannot help."}, "refusal", "I cannot help."),
        ({"content": "", "tool_calls": [{"function": {"name": "calc", "arguments": "{}"}}]}, "tool_calls", "calc"),
        ({"content": None, "function_call": {"name": "calc", "arguments": "{}"}}, "tool_calls", "calc"),
        ({"content": [{"type": "refusal", "refusal": "No."}]}, "refusal", "No."),
    ],
)
def test_what_is_no_answer_is_kept_as_the_reason(message: dict[str, Any], reason: str, detail: str) -> None:
    with pytest.raises(RequestFailed) as failure:
        received(message).end()

    assert failure.value.reason == reason
    assert detail in failure.value.detail


def test_of_several_choices_the_first_is_the_reply() -> None:
    one = Received()
    one.take(
        b'{"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}', "delta"
    )

    assert one.text(None) == "a"
