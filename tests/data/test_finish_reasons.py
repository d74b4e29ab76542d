import pytest

from data.finish_reasons import LONGEST, UNKNOWN, NotWhole, finish_reason

WHOLE = [
    "stop",  # OpenAI, vLLM, SGLang, DeepSeek, Mistral, Fireworks
    "eos",  # Together (openai/openai-dotnet#267, vespa-engine/vespa#33327)
    "eos_token",  # TGI (huggingface/text-generation-inference#2344)
    "stop_sequence",  # TGI, Anthropic
    "end_turn",  # Bedrock behind a gateway (aws-samples/bedrock-access-gateway#11), BerriAI/litellm#12481
    "STOP",  # Gemini (tidyverse/ellmer#3)
    "FinishReason.STOP",
    "COMPLETE",  # Cohere
    "FINISH",
    "stop_str",
    "eosFound",  # LM Studio
    "EOS_TOKEN",  # watsonx
    "completed",
    "ALTERNATIVE_STATUS_FINAL",
]
CUT = [
    "length",
    "max_tokens",  # Anthropic
    "MAX_TOKENS",
    "FinishReason.MAX_TOKENS",
    "model_length",  # Mistral
    "max_output_tokens",  # OpenAI Responses behind a bridge (BerriAI/litellm#37710)
    "model_context_window_exceeded",
    "LENGTH",
    "limit",
    "maxPredictedTokensReached",
    "contextLengthReached",
    "token-limit",
    "REASON_MAX_LEN",
]
REJECTED = {
    "content_filter": "content_filter",
    "content-filter": "content_filter",
    "SAFETY": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "guardrail_intervened": "content_filter",
    "ERROR_TOXIC": "content_filter",
    "sensitive": "content_filter",  # GLM
    "RECITATION": "recitation",
    "refusal": "refusal",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "MALFORMED_FUNCTION_CALL": "tool_calls",
    "function_call": "tool_calls",
    "repetition": "repetition",  # vLLM (can1357/oh-my-pi#12525)
    "something_new": "something_new",
    "Something New": "something_new",
}
BROKEN = ["abort", "error", "ERROR", "insufficient_system_resource", "network_error", "timeout", "load", "user_cancel"]


@pytest.mark.parametrize("word", WHOLE)
def test_knows_the_words_for_a_whole_reply(word: str) -> None:
    assert finish_reason(word) == "stop"


@pytest.mark.parametrize("word", CUT)
def test_knows_the_words_for_a_reply_that_was_cut_off(word: str) -> None:
    assert finish_reason(word) == "length"


@pytest.mark.parametrize(("word", "reason"), REJECTED.items())
def test_what_is_no_whole_reply_has_a_countable_reason(word: str, reason: str) -> None:
    assert finish_reason(word) == NotWhole(reason)


@pytest.mark.parametrize("word", BROKEN)
def test_what_a_server_broke_off_may_be_asked_again(word: str) -> None:
    ending = finish_reason(word)

    assert isinstance(ending, NotWhole)
    assert ending.passing


@pytest.mark.parametrize("word", ["", "null", "NULL", "None", "FINISH_REASON_UNSPECIFIED", "NOT_FINISHED", " "])
def test_some_words_say_no_more_than_a_null(word: str) -> None:
    assert finish_reason(word) is None


@pytest.mark.parametrize("word", ["x" * (LONGEST + 1), "3", "кончено", "a" * 1_000_000, "!!!a"])
def test_a_reason_is_always_short_and_a_word(word: str) -> None:
    ending = finish_reason(word)

    assert isinstance(ending, NotWhole)
    assert ending.reason in (UNKNOWN, "a")


def test_our_own_words_are_read_again() -> None:
    assert [finish_reason(word) for word in ("stop", "length", "cancelled", "pruned")] == [
        "stop",
        "length",
        "cancelled",
        "pruned",
    ]
