"""Keep-probability under a token classifier (LLMLingua-2, Pan et al. 2024, arXiv 2403.12968).

The classifier says of each token of a text whether a shorter version would keep it. A unit's score is the mean over
its tokens, as in the reference; texts of any length are read in overlapping windows instead of chunks that end where a
sentence does, so that no token is judged at an edge.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from data.spec import spec
from stages.scorers.lanes import read_windows
from stages.scorers.models import Reader, ReadingScorer, Weights
from stages.scorers.scorer import Scores, Thought, pooled
from stages.scorers.windows import Window, batches, windows

KEEP = 1
"""The label of a token that is kept."""


@spec
class LLMLingua2(ReadingScorer):
    """Scores by a token classifier of the xlm-roberta or BERT family."""

    kind: Literal["llmlingua2"] = "llmlingua2"
    weights: Weights
    """The classifier; the published one is microsoft/llmlingua-2-xlm-roberta-large-meetingbank."""
    window: Annotated[int, Field(ge=16)] = 510
    """Tokens read together, at most what the model can, special tokens aside."""
    context: Annotated[int, Field(ge=0)] = 64
    """Tokens seen on both sides of each one, at least, where the text has them."""

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        reader = self.weights.load("classifier")
        ids, offsets = reader.encode([thought.units.text for thought in thoughts])
        before, after = reader.surround()
        size = min(self.window, reader.longest - len(before) - len(after))
        context = min(self.context, (size - 1) // 2)
        found = [np.zeros(len(tokens)) for tokens in ids]
        cut = list(windows([len(tokens) for tokens in ids], size, context, context))
        read = read_windows(
            reader.device,
            partial(_probabilities, reader),
            batches(cut, self.weights.at_once(reader)),
            lambda it: [*before, *ids[it.text][it.begin : it.end], *after],
        )
        for window, row in read:
            _take(found[window.text], window, row[len(before) :])
        return [
            pooled(thought.units, spans, values, "mean")
            for thought, spans, values in zip(thoughts, offsets, found, strict=True)
        ]


def _take(found: Scores, window: Window, row: Any) -> None:
    found[window.first : window.last] = row[window.first - window.begin : window.last - window.begin]


def _probabilities(reader: Reader, rows: Sequence[Sequence[int]]) -> Any:
    import torch  # seconds to import

    width = max(len(row) for row in rows)
    ids = np.full((len(rows), width), reader.tokenizer.pad_token_id or 0, np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    for at, row in enumerate(rows):
        ids[at, : len(row)], mask[at, : len(row)] = row, 1
    tensors = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    with torch.inference_mode():
        logits = reader.model(**{name: tensor.to(reader.device) for name, tensor in tensors.items()}).logits
        return logits.float().softmax(-1)[..., KEEP].cpu().numpy().astype(np.float64)
