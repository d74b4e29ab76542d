"""What schedules ask of a tokenizer."""

from typing import Any

from sft.schedules.stage import Tools


def tools_of(tokenizer: Any) -> Tools:
    """Return a tokenizer's tools; texts are cut where its tokens end, and are else left byte for byte."""

    def drop_leading(text: str, tokens: int) -> str:
        spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return text[spans[tokens][0] :] if tokens < len(spans) else ""

    def count_tokens(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    return Tools(drop_leading, count_tokens, frozenset(tokenizer.all_special_tokens))
