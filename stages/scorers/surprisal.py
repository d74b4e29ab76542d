"""How surprising each token of a text is to a causal language model, after what comes before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from stages.scorers.lanes import read_windows
from stages.scorers.models import Reader
from stages.scorers.scorer import Offsets, Scores
from stages.scorers.windows import Window, batches, windows

LEAST_ROOM = 32
"""Tokens that a model must be able to read beside the context: with less it would see nothing of the text but a few
words, at the price of its whole context for each of them."""


@dataclass(frozen=True)
class Read:
    """A text after its context: what the model is told first, token for token, and the tokens to be judged."""

    context: Sequence[int]
    ids: Sequence[int]
    offsets: Offsets


def context_ids(reader: Reader, said: str | None) -> list[int]:
    """Return the tokens of a user's turn as the model was trained to see one; of nothing, its first token alone."""
    tokenizer = reader.tokenizer
    if said is not None and tokenizer.chat_template:
        turn = [{"role": "user", "content": said}]
        text = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        return list(tokenizer(text, add_special_tokens=False)["input_ids"])
    first = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    told = [] if said is None else tokenizer(f"{said}\n", add_special_tokens=False)["input_ids"]
    return [*([] if first is None else [first]), *told]


def surprisals(
    reader: Reader,
    reads: Sequence[Read],
    window: int,
    before: int,
    batch_tokens: int,
    measure: Literal["surprisal", "entropy"] = "surprisal",
) -> list[Scores]:
    """Return minus the log-probability of each token, or the entropy of what could stand in its place, in nats.

    A text is read on with `before` tokens kept in view, or half of what its context leaves room for. Its scores are nan
    throughout where that is less than `LEAST_ROOM`. The first token of a text without any context counts as the mean of
    the others.
    """
    found = [np.full(len(read.ids), np.nan) for read in reads]
    cut = [it for at, read in enumerate(reads) for it in _cut(read, at, _room(reader, read, window), before)]
    read = read_windows(
        reader.device,
        partial(_entropies if measure == "entropy" else _negative_log_probabilities, reader),
        batches(cut, batch_tokens, lambda it: len(reads[it.text].context) + len(it)),
        lambda it: [*reads[it.text].context, *reads[it.text].ids[it.begin : it.end]],
    )
    for it, row in read:
        _take(found[it.text], it, row, len(reads[it.text].context))
    been_read = {it.text for it in cut}
    return [_filled(scores) if at in been_read else scores for at, scores in enumerate(found)]


def _room(reader: Reader, read: Read, window: int) -> int:
    """Return how many tokens of a text are read at once; 0 where its context leaves too little room for it."""
    room = min(window, reader.longest - len(read.context))
    return room if room >= min(window, LEAST_ROOM, len(read.ids)) else 0


def _cut(read: Read, at: int, room: int, before: int) -> Iterator[Window]:
    """Yield the windows of one text."""
    if room > 0:
        for it in windows([len(read.ids)], room, min(before, room // 2), 0):
            yield replace(it, text=at)


def _take(found: Scores, it: Window, row: Any, context: int) -> None:
    values = row[context : context + len(it)]
    found[it.first : it.last] = values[it.first - it.begin : it.last - it.begin]


def _filled(scores: Scores) -> Scores:
    known = scores[~np.isnan(scores)]
    return np.where(np.isnan(scores), known.mean() if len(known) else 0.0, scores)


def _negative_log_probabilities(reader: Reader, rows: Sequence[Sequence[int]]) -> Any:
    """Return for each token of each row how surprising it is; nan for a row's first, and beyond its end."""
    logits, ids = _logits(reader, rows)
    said = logits.gather(-1, ids[:, 1:, None]).squeeze(-1)
    return _shifted(logits.logsumexp(-1) - said)


def _entropies(reader: Reader, rows: Sequence[Sequence[int]]) -> Any:
    """Return for each token of each row the entropy of the distribution that it was drawn from; nan for the first."""
    logits, _ = _logits(reader, rows)
    logs = logits.log_softmax(-1)
    return _shifted(-(logs.exp() * logs).sum(-1))


def _logits(reader: Reader, rows: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Return what each token but the last of each row foretells, and the tokens."""
    import torch  # seconds to import

    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), reader.tokenizer.pad_token_id or 0)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
    ids = ids.to(reader.device)
    with torch.inference_mode():
        # Rows are padded on the right, where a causal model does not look.
        return reader.model(input_ids=ids, use_cache=False).logits[:, :-1].float(), ids


def _shifted(figures: Any) -> Any:
    """Return the figures of every token but the first of a row, with nan for that."""
    told = figures.cpu().numpy().astype(np.float64)
    return np.concatenate([np.full((len(told), 1), np.nan), told], axis=1)
