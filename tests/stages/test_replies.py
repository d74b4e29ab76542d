import pyarrow as pa
import pytest

from data.columns import COT, COT_TOKENS, REPLY_TOKENS, TOKENIZER
from data.table import values
from stages.replies.split_reply import SplitReply, chain_of_thought


@pytest.mark.parametrize(
    ("reply", "cot"),
    [
        ("<think>\nfirst\nsecond\n</think>\nThe answer is 3.", "first\nsecond"),
        ("first</think>3", "first"),
        ("<think>\nnever ends", "never ends"),
        ("No marks. The answer is 3.", "No marks. The answer is 3."),
        ("<think>\na</think>b</think>3", "a\n\nb"),
        ("", ""),
    ],
)
def test_the_chain_of_thought_is_what_stands_between_the_marks(reply: str, cot: str) -> None:
    assert chain_of_thought(reply) == cot


def test_counts_what_the_engine_did_not_count() -> None:
    rows = pa.table({"reply": ["<think>one two</think> 34", "a b"], "reply_tokens": pa.array([7, None], pa.int64())})
    split = SplitReply(tokenizer="words")(rows)

    assert values(split, COT) == ["one two", "a b"]
    assert values(split, COT_TOKENS) == [2, 2]
    assert values(split, REPLY_TOKENS) == [7, 2]
    assert values(split, TOKENIZER) == ["words@1", "words@1"]


def test_takes_zero_rows() -> None:
    assert SplitReply(tokenizer="words")(pa.table({"reply": pa.array([], pa.string())})).num_rows == 0
