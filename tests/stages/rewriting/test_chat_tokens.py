import pytest

from stages.rewriting.chat_tokens import chat_token, stray_mark


@pytest.mark.parametrize(
    "token",
    [
        "<|im_start|>",
        "<|eot_id|>",
        "<|end|>",
        "<|endoftext|>",
        "< | im_end | >",
        "<|START_OF_TURN_TOKEN|>",
        "<｜begin▁of▁sentence｜>",
        "<|reserved_special_token_12|>",
        "[INST]",
        "[/inst]",
        "<<SYS>>",
        "</s>",
        "<start_of_turn>",
    ],
)
def test_finds_what_ends_or_begins_a_turn(token: str) -> None:
    assert chat_token(f"so 3 + 4 = 7 {token} and more") is not None


@pytest.mark.parametrize("text", ["a < b and b > c", "|x| < |y|", "<b>7</b>", "x<|y|>z", "[1, 2]", "f<s>g"[:2]])
def test_leaves_mathematics_and_markup_alone(text: str) -> None:
    assert chat_token(text) is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["<|", "<", "<| ", "<|a", "<[a", "< |", "<|" + " " * 60])
@pytest.mark.parametrize("rest", ["", " ", "\t", "a"])
def test_a_token_that_is_never_closed_costs_no_more_than_its_length(piece: str, rest: str) -> None:
    assert chat_token(piece * (50_000 // len(piece))) is None
    assert chat_token(piece + rest * 50_000) is None


def test_finds_the_tokenizers_own_but_for_the_marks_of_reasoning() -> None:
    assert chat_token("so ~turn~ it is", {"~turn~", "<think>"}) == "~turn~"
    assert chat_token("<think>so", {"~turn~", "<think>"}) is None


@pytest.mark.parametrize(
    ("reply", "stray"),
    [
        ("7", None),
        ("<think>\na\n</think>\n7", None),
        ("a\n</think>\n7", None),
        ("<think>\na", "</think>"),
        ("<think>\na\n</think>\nb</think>7", "</think>"),
        ("<think>\n<think>a\n</think>\n7", "<think>"),
        ("a <think> b </think> 7", "<think>"),
    ],
)
def test_one_pair_of_marks_at_the_head_is_all_a_reply_may_have(reply: str, stray: str | None) -> None:
    assert stray_mark(reply) == stray
