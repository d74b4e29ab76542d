"""Lessons as rows of tokens, packed whole, each row's batch drawn from the seed and the step alone."""

from dataclasses import dataclass
from random import Random
from typing import Any

import torch

from makers.pocket.lessons import lesson


@dataclass(frozen=True)
class Document:
    """One conversation in tokens."""

    ids: list[int]
    reply: int
    """How many tokens at the end are the reply to learn, its end mark included."""


def document(tokenizer: Any, rng: Random) -> Document:
    """Draw one lesson and render it by the chat template."""
    messages = lesson(rng, lambda text: len(tokenizer.encode(text, add_special_tokens=False)))
    whole = tokenizer.apply_chat_template(messages, tokenize=False)
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    reply = tokenizer.encode(whole[len(prompt) :], add_special_tokens=False)
    return Document([*tokenizer.encode(prompt, add_special_tokens=False), *reply], len(reply))


class Batches(torch.utils.data.Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The batch of every step: token ids, and labels that are -100 outside replies."""

    def __init__(self, tokenizer: Any, seed: int, rows: int, length: int) -> None:
        self.tokenizer, self.seed, self.rows, self.length = tokenizer, seed, rows, length

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng, open_rows, misfits = Random(f"{self.seed} {step}"), [list[Document]() for _ in range(self.rows)], 0
        while misfits < 4:
            drawn = document(self.tokenizer, rng)
            fits = [row for row in open_rows if sum(len(it.ids) for it in row) + len(drawn.ids) <= self.length]
            if fits:
                fits[0].append(drawn)
            misfits += not fits
        return self._tensors(open_rows)

    def _tensors(self, packed: list[list[Document]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Lay the documents out row by row, padding at the end."""
        ids = torch.full((self.rows, self.length), self.tokenizer.pad_token_id)
        labels = torch.full((self.rows, self.length), -100)
        for row, documents in enumerate(packed):
            end = 0
            for it in documents:
                start, end = end, end + len(it.ids)
                ids[row, start:end] = torch.tensor(it.ids)
                labels[row, end - it.reply : end] = ids[row, end - it.reply : end]
        return ids, labels
