"""Chats as token ids, and token ids as text, with the model's own tokenizer and chat template."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from stages.engines.engine import Message

DISTINCT_PROMPTS = 4096
"""Encoded prompts that are kept: the samples of a problem share one, and 64 problems are in flight at once."""

TAIL = 8
"""Prompt tokens a reply is decoded behind, so that a leading space is not taken for the start of a text."""


class Chat:
    """Renders and encodes each distinct prompt once; decodes replies whole."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.encode = lru_cache(maxsize=DISTINCT_PROMPTS)(self._encode)

    def _encode(self, messages: tuple[Message, ...], prefix: str | None) -> tuple[int, ...]:
        """Return the token ids of a chat up to where the reply goes on.

        A prefix is set behind the template's own opening of a reply: that is what the model had before it when it
        wrote those words. Templates that rewrite past replies (dropping or adding marks of thought) would alter it.
        """
        turns = [{"role": m.role, "content": m.content} for m in messages]
        text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        return tuple(self._tokenizer.encode(text + (prefix or ""), add_special_tokens=False))

    def decode(self, prompt: Sequence[int], reply: Sequence[int], *, cut: bool) -> str:
        """Return the text of a reply, special tokens such as marks of thought included.

        Decoding once at the end costs a fraction of decoding as tokens come. A reply that was `cut` may end inside
        a character; that piece is left out.
        """
        tail = list(prompt[-TAIL:])
        head = self._text(tail)
        whole = self._text([*tail, *reply])
        text = whole.removeprefix(head) if whole.startswith(head) else self._text(list(reply))
        return text.rstrip("\ufffd") if cut else text

    def _text(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text
