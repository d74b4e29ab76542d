"""From row numbers to the tensors of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from sft.rows.labels import IGNORED
from sft.rows.tokens import Tokens


@dataclass(frozen=True)
class Collator:
    """Pads rows on the right; of a pack, positions begin anew with each row, so that none attends to another."""

    tokens: Tokens
    pad: int
    packed: bool
    numbered: bool = False
    """Whether a batch tells the numbers of its rows, and leaves it to the loss which samples count."""
    padding_free: bool = False
    """Whether all packs of a batch are one row, in which alone flash attention tells rows apart."""

    def __call__(self, samples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        numbers = [row for sample in samples for row in sample["rows"]]
        counts = np.repeat([sample["counts"] for sample in samples], [len(sample["rows"]) for sample in samples])
        counted = list(zip(numbers, counts, strict=True))
        together = [[row] for row in counted]
        if self.packed:
            ends = np.cumsum([len(sample["rows"]) for sample in samples]).tolist()
            together = [counted[begin:end] for begin, end in pairwise([0, *ends])]
        if self.padding_free:
            together = [counted]
        rows = [[(*self.tokens[number], count) for number, count in row] for row in together]
        width = max(sum(len(ids) for ids, _, _ in row) for row in rows)
        ids = np.full((len(rows), width), self.pad, np.int64)
        weights = np.zeros((len(rows), width), np.float32)
        positions = np.tile(np.arange(width), (len(rows), 1))
        there = np.zeros((len(rows), width), np.int64)
        for at, row in enumerate(rows):
            end = 0
            for tokens, weight, count in row:
                here = slice(end, end + len(tokens))
                ids[at, here], positions[at, here] = tokens, np.arange(len(tokens))
                weights[at, here] = weight if self.numbered or count else 0
                there[at, here] = 1
                end += len(tokens)
            positions[at, end:] = np.arange(width - end)
        labels = np.where(weights > 0, ids, IGNORED)
        arrays = {"input_ids": ids, "labels": labels, "weights": weights}
        # transformers tells packed rows apart by their positions, and does so only where there is no mask.
        arrays |= {"rows": np.array(numbers), "counts": counts} if self.numbered else {}
        arrays |= {} if self.tokens.betas is None else {"betas": self.tokens.betas[numbers]}
        arrays |= {"position_ids": positions} if self.packed else {"attention_mask": there}
        batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
        return batch | _boundaries([len(tokens) for tokens, _, _ in rows[0]]) if self.padding_free else batch


def _boundaries(lengths: Sequence[int]) -> dict[str, Any]:
    """Return where rows begin and end, as flash attention asks for it; each layer would reckon it from positions."""
    ends = torch.tensor([0, *np.cumsum(lengths)], dtype=torch.int32)
    longest = max(lengths)
    return {"cu_seq_lens_q": ends, "cu_seq_lens_k": ends, "max_length_q": longest, "max_length_k": longest}
