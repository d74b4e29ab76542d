"""Why a reply ended, in the words of servers and datasets, and what each of them means here.

One table for engines and imports. Words are compared without case and punctuation, and without the class that a client
library prints before them: `MAX_TOKENS`, `maxTokens` and `FinishReason.MAX_TOKENS` are one word.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FinishReason = Literal["stop", "length", "cancelled", "pruned"]
"""A reply that is whole, cut off at its limit, cut short in a race it could not win, or pruned by a later stage."""

UNKNOWN = "unknown_finish_reason"
"""Why a row is rejected whose word is no word: a sentence, a number, half a megabyte."""

LONGEST = 40


@dataclass(frozen=True)
class NotWhole:
    """The reply is no whole reply of the model."""

    reason: str
    """Why its row is rejected: short and countable; a word unknown here is its own reason."""
    passing: bool = False
    """Whether the server broke it off for reasons of its own, so that the same request may do better again."""


Ending = FinishReason | NotWhole

_WORDS: Mapping[str, str] = {
    # The model ended its turn, or wrote a text that ends a reply.
    "stop": "stop eos end_turn stop_sequence"  # OpenAI and most others; Together, llama.cpp; Anthropic
    " eos_token word"  # TGI (text-generation-inference#2344) and watsonx; llama.cpp's own `stop_type`
    " complete completed"  # Cohere; OpenAI Responses
    " finish finished stop_criteria_met endoftext end_of_text stop_sequence_reached"  # Titan, AI21; Aleph Alpha
    " end_id stop_words stop_token stop_str stop_string stop_string_found eos_found"  # TensorRT-LLM; ExLlama; LM Studio
    " normal final",  # ERNIE; YandexGPT's ALTERNATIVE_STATUS_FINAL
    # The reply was cut off: at its own limit, or where the model's context ends.
    "length": "length max_tokens max_output_tokens token_limit limit max_length max_len max_new_tokens maximum_tokens"
    " model_length model_context_window_exceeded max_context context_length context_length_reached"  # Mistral
    " max_predicted_tokens_reached truncated truncated_final error_limit",  # LM Studio; YandexGPT; Cohere
    # Our own words, in a dataset of ours that is read again.
    "cancelled": "cancelled",
    "pruned": "pruned",
    # Withheld by a filter, whatever the vendor calls it.
    "content_filter": "content_filter content_filtered safety blocklist prohibited_content spii sensitive blacklist"
    " guardrail_intervened model_armor error_toxic image_safety moderation",
    "recitation": "recitation",
    "language": "language",
    "refusal": "refusal refused",
    # A call of a tool instead of an answer.
    "tool_calls": "tool_calls tool_call tool_use function_call malformed_function_call malformed_tool_use"
    " unexpected_tool_call too_many_tool_calls",
    "repetition": "repetition repetition_detected",  # vLLM's watch on loops
    "paused": "pause_turn",
    "time_limit": "time_limit max_time",
    # Broken off by whoever serves, or by another client; asked again it may end well.
    "broken": "abort aborted error failed timeout network_error internal_error other insufficient_system_resource"
    " cancel user_cancel user_cancelled user_stopped canceled load unload model_unloaded malformed_model_output"
    " overloaded",
}
"""What each word means."""

_NOTHING = frozenset({"", "null", "none", "nil", "undefined", "unspecified", "not_finished", "in_progress"})
"""Words that say no more than a null."""


def _endings() -> dict[str, Ending]:
    endings: dict[str, Ending] = {}
    for meaning, words in _WORDS.items():
        for word in words.split():
            match meaning:
                case "stop" | "length" | "cancelled" | "pruned":
                    endings[word] = meaning
                case "broken":
                    endings[word] = NotWhole(word, passing=True)
                case _:
                    endings[word] = NotWhole(meaning)
    return endings


_ENDINGS = _endings()


def finish_reason(word: str) -> Ending | None:
    """Return what a server or dataset means by `word`; None where it says nothing.

    A word unknown here is no error of the run: what it stands for is not whole, and the word is the reason.
    """
    plain = _plain(word)
    if plain in _NOTHING:
        return None
    if plain in _ENDINGS:
        return _ENDINGS[plain]
    return NotWhole(plain if re.fullmatch(r"[a-z][a-z0-9_]*", plain) and len(plain) <= LONGEST else UNKNOWN)


def _plain(word: str) -> str:
    word = word.strip()[: 4 * LONGEST]
    if not word.isupper():
        word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word)  # maxTokens
    word = re.sub(r"[^\w.]+", "_", word.lower()).strip("_.")
    word = word.rpartition(".")[2]  # FinishReason.STOP
    return re.sub(r"^(alternative_status|finish_reason|stop_reason|reason)_(?=.)", "", word)
