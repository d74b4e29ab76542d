"""What schedules and labels ask of a tokenizer."""

from functools import lru_cache
from typing import Any

from sft.schedules.stage import Tools


def tools_of(tokenizer: Any) -> Tools:
    """Return a tokenizer's tools; texts are cut where its tokens end, and are else left byte for byte."""

    def drop_leading(text: str, tokens: int) -> str:
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return text[spans[tokens][0] :] if tokens < len(spans) else ""

    def count_tokens(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    return Tools(drop_leading, count_tokens, control_tokens(tokenizer))


@lru_cache(maxsize=4)
def control_tokens(tokenizer: Any) -> frozenset[str]:
    """Return what a tokenizer takes for a control token wherever it stands in a text: ends of turns, roles, padding."""
    marked = (str(token) for token in tokenizer.added_tokens_decoder.values() if token.special)
    return frozenset({*tokenizer.all_special_tokens, *marked})
