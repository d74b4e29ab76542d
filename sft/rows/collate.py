"""From row numbers to the tensors of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

    def __call__(self, samples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
        numbers = [row for sample in samples for row in sample["rows"]]
        together = [sample["rows"] for sample in samples] if self.packed else [[row] for row in numbers]
        rows = [[self.tokens[row] for row in found] for found in together]
        width = max(sum(len(ids) for ids, _ in row) for row in rows)
        ids = np.full((len(rows), width), self.pad, np.int64)
        weights = np.zeros((len(rows), width), np.float32)
        positions = np.tile(np.arange(width), (len(rows), 1))
        there = np.zeros((len(rows), width), np.int64)
        for at, row in enumerate(rows):
            end = 0
            for tokens, weight in row:
                here = slice(end, end + len(tokens))
                ids[at, here], weights[at, here], positions[at, here] = tokens, weight, np.arange(len(tokens))
                there[at, here] = 1
                end += len(tokens)
            positions[at, end:] = np.arange(width - end)
        counts = np.repeat(
            [sample["counts"] for sample in samples], [1 if self.packed else len(s["rows"]) for s in samples]
        )
        if not self.numbered:
            weights *= counts[:, None]
        labels = np.where(weights > 0, ids, IGNORED)
        arrays = {"input_ids": ids, "labels": labels, "weights": weights}
        # transformers tells packed rows apart by their positions, and does so only where there is no mask.
        arrays |= {"rows": np.array(numbers), "counts": counts} if self.numbered else {}
        arrays |= {} if self.tokens.betas is None else {"betas": self.tokens.betas[numbers]}
        arrays |= {"position_ids": positions} if self.packed else {"attention_mask": there}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}
