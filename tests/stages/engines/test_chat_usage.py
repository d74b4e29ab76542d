"""Counts of tokens as servers tell them, the right length beside each; sources named."""

import json
from typing import Any

import pytest

from stages.engines.faults import TryFailed
from stages.engines.remote.chat_stream import Received

PROSE = "Six sevens are forty-two, so the answer that is asked for must be forty-two. " * 4  # some 80 tokens


def told(event: str, text: str = PROSE) -> Received:
    one = Received(max_tokens=1000)
    choice = {"delta": {"content": text}, "finish_reason": "stop"}
    one.take(json.dumps({"choices": [choice]}).encode(), "delta")
    one.take(event.encode(), "delta")
    return one


COUNTED = {
    "a last event without choices": '{"choices": [], "usage": {"completion_tokens": 80}}',
    "Groq (vercel/ai#3268)": '{"x_groq": {"id": "r", "usage": {"prompt_tokens": 9, "completion_tokens": 80}}}',
    "Moonshot (AstrBotDevs/AstrBot#6614)": '{"choices": [{"delta": {}, "usage": {"completion_tokens": 80}}]}',
    "other names": '{"usage": {"input_tokens": 9, "output_tokens": 80}}',
    "llama.cpp's timings": '{"choices": [], "timings": {"prompt_n": 9, "predicted_n": 80}}',
    "a float that is whole": '{"usage": {"completion_tokens": 80.0}}',
    "the total alone": '{"usage": {"prompt_tokens": 9, "total_tokens": 89}}',
}
NOT_COUNTED = {
    "nothing": "{}",
    "null": '{"usage": null}',
    "zeros (microsoft/autogen#6548)": '{"usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}}',
    "an empty object (BerriAI/litellm#8349)": '{"usage": {}}',
    "nulls": '{"usage": {"completion_tokens": null}}',
    "a negative number": '{"usage": {"completion_tokens": -1}}',
    "one for everything": '{"usage": {"completion_tokens": 1}}',
    "far over what was asked for": '{"usage": {"completion_tokens": 900000}}',
}
MALFORMED = [
    "1e308",
    "Infinity",
    "-Infinity",
    "NaN",
    "1e400",
    "1e23",
    "9223372036854775807",
    "0.5",
    '"many"',
    "true",
    "[1]",
    "{}",
]


@pytest.mark.parametrize("event", COUNTED.values(), ids=COUNTED)
def test_a_servers_count_is_found_wherever_it_is(event: str) -> None:
    count = told(event).count()

    assert (count.tokens, count.counted, count.hidden) == (80, True, 0)


@pytest.mark.parametrize("event", NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_a_count_that_cannot_be_is_left_to_the_tokenizer(event: str) -> None:
    count = told(event).count()

    assert not count.counted
    assert 40 < count.tokens < 160  # a reckoning for budgets, not far off


@pytest.mark.parametrize("number", MALFORMED)
@pytest.mark.parametrize("name", ["completion_tokens", "prompt_tokens", "total_tokens"])
def test_a_count_that_is_no_number_is_a_malformed_reply(name: str, number: str) -> None:
    with pytest.raises(TryFailed, match="malformed_json"):
        told(f'{{"usage": {{"{name}": {number}}}}}')


@pytest.mark.parametrize(
    ("reasoning", "answer", "usage"),
    [
        # The count is the answer's alone: the reasoning's field was left out of it.
        (PROSE, "It is forty-two.", {"completion_tokens": 5}),
        (PROSE * 10, "So it is 42.", {"completion_tokens": 6, "total_tokens": 15, "prompt_tokens": 9}),
        (PROSE, "\\boxed{42}", {"completion_tokens": 6}),
    ],
)
def test_a_count_without_the_reasoning_is_none(reasoning: str, answer: str, usage: dict[str, Any]) -> None:
    one = Received(max_tokens=1000)
    one.usage.take(usage)
    one.said.take({"reasoning": reasoning, "content": answer})
    one.chunks = 1

    assert not one.count().counted


def test_a_later_count_is_never_lower() -> None:
    one = told('{"usage": {"completion_tokens": 80}}')
    one.take(b'{"choices": [], "usage": {"completion_tokens": 0}}', "delta")

    assert one.count().tokens == 80


def test_reasoning_told_beside_no_completion_is_what_was_generated() -> None:
    one = Received(max_tokens=1000)  # router-for-me/CLIProxyAPI#5733
    one.usage.take(
        {
            "completion_tokens": 0,
            "total_tokens": 81,
            "prompt_tokens": 21,
            "completion_tokens_details": {"reasoning_tokens": 60},
        }
    )

    assert one.count().tokens == 60
    assert one.count().hidden == 60


def test_letters_sent_one_by_one_are_not_taken_for_tokens() -> None:
    one = Received(max_tokens=1000)
    for letter in PROSE:
        one.take(json.dumps({"choices": [{"delta": {"content": letter}}]}).encode(), "delta")
    one.usage.take({"completion_tokens": 80})

    assert not one.count().counted
