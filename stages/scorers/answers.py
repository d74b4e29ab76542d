"""How likely a language model finds the answer that a reply boxes, behind a question and what the reply says before."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.boxes import read_boxes
from stages.scorers.models import Reader, Weights
from stages.scorers.scorer import Offsets, Scores
from stages.scorers.surprisal import Read, context_ids, surprisals


class Stated(NamedTuple):
    """A question and a reply that boxes its answer."""

    prompt: str
    reply: str


def answer_surprisals(weights: Weights, stated: Sequence[Stated], window: int) -> list[float]:
    """Return the mean surprisal of the tokens of each last boxed answer, in nats.

    Nan where a question leaves the model no room to read; infinite where no answer is boxed. Of a long reply its end is
    read, at most `window` tokens.
    """
    reader = weights.load("language_model")
    places = [_place(one.reply) for one in stated]
    texts = [one.reply[:end] for one, (_, end) in zip(stated, places, strict=True)]
    encoded = zip(*reader.encode(texts), strict=True)
    reads = [_read(reader, one.prompt, *tokens, window) for one, tokens in zip(stated, encoded, strict=True)]
    found = surprisals(reader, reads, window, 0, weights.at_once(reader))
    return [_mean(*one) for one in zip(reads, found, (begin for begin, _ in places), strict=True)]


def _read(reader: Reader, prompt: str, ids: list[int], offsets: Offsets, window: int) -> Read:
    context = context_ids(reader, prompt)
    room = max(1, min(window, reader.longest - len(context)))
    return Read(context, ids[-room:], offsets[-room:])


def _place(text: str) -> tuple[int, int]:
    """Return where the last boxed answer of a reply stands; its end where none is boxed."""
    box = next((box for box in reversed(read_boxes(text)) if box.closed), None)
    return (len(text), len(text)) if box is None else (box.opens, box.closes)


def _mean(read: Read, scores: Scores, begin: int) -> float:
    if np.isnan(scores).any():
        return float("nan")
    of_answer = [score for score, (_, end) in zip(scores, read.offsets, strict=True) if end > begin]
    return float(np.mean(of_answer)) if of_answer else float("inf")
