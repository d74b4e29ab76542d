"""Check a cut chain again by a model that did not write it: how likely the answer is once the chain has been read."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
import pyarrow as pa
from pydantic import Field

from data.boxes import read_boxes
from data.columns import ANSWER, DROPPED, MEASURES, PROMPT, REASONING, REPLY
from data.prompts.turns import last_user
from data.spec import Positive, spec
from data.table import Row, drop, values, with_column
from stages.replies.split_reply import row_text
from stages.scorers.models import Reader, Weights
from stages.scorers.surprisal import Read, context_ids, surprisals
from stages.stage import Stage

LIKELIHOOD = "answer_likelihood"
UNLIKELY = "answer_unlikely"


@spec
class AnswerLikelihood:
    """How likely a language model must find the boxed answer behind the question and the chain."""

    weights: Weights
    """The causal language model; one that did not write the chains judges them as a reader would."""
    min_likelihood: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The least it may be: the geometric mean of the probabilities of the answer's tokens."""
    window: Positive = 2048
    """Tokens of the chain's end that are read, at most what the model can."""


@spec
class RecheckAnswer(Stage):
    """Measure how likely each row's boxed answer is, and let rows go as `answer_unlikely` where it is not.

    A row whose question leaves the model no room to read the chain leaves as `question_too_long`.
    """

    reads = (PROMPT, REPLY, REASONING, ANSWER)
    writes = (MEASURES, DROPPED)

    by: AnswerLikelihood

    @property
    def gpus(self) -> int:
        return self.by.weights.gpus or 0

    @property
    def likes_a_gpu(self) -> bool:
        return self.by.weights.gpus is None and self.by.weights.device != "cpu"

    def uses(self) -> Mapping[str, str]:
        return {"recheck": self.by.weights.identity()}

    def __call__(self, rows: pa.Table) -> pa.Table:
        likelihoods = self._likelihoods(rows.select([field.name for field in self.reads]).to_pylist())
        there = values(rows, MEASURES) if MEASURES.name in rows.column_names else [None] * rows.num_rows
        told = zip(there, likelihoods, strict=True)
        measures = [[*(own or ()), {"name": LIKELIHOOD, "value": value}] for own, value in told]
        rows = with_column(rows, MEASURES, measures)
        return drop(rows, [self._reason(likelihood) for likelihood in likelihoods])

    def _reason(self, likelihood: float | None) -> str | None:
        if likelihood is None:
            return "question_too_long"
        return UNLIKELY if likelihood < self.by.min_likelihood else None

    def _likelihoods(self, rows: Sequence[Row]) -> list[float | None]:
        """Return the likelihood of each row's answer; null where the model has no room to read."""
        reader = self.by.weights.load("language_model")
        places = [_answer_place(row_text(row)) for row in rows]
        texts = [row_text(row)[:end] for row, (_, end) in zip(rows, places, strict=True)]
        reads = [self._read(reader, row, *encoded) for row, encoded in zip(rows, _encoded(reader, texts), strict=True)]
        found = surprisals(reader, reads, self.by.window, 0, self.by.weights.at_once(reader))
        return [_likelihood(read, scores, begin) for read, scores, (begin, _) in zip(reads, found, places, strict=True)]

    def _read(self, reader: Reader, row: Row, ids: list[int], offsets: list[tuple[int, int]]) -> Read:
        """Return the end of a reply up to its answer, behind its question, as much as is read at once."""
        context = context_ids(reader, row["prompt"][last_user(row["prompt"])]["content"])
        room = max(1, min(self.by.window, reader.longest - len(context)))
        return Read(context, ids[-room:], offsets[-room:])


def _encoded(reader: Reader, texts: Sequence[str]) -> list[tuple[list[int], list[tuple[int, int]]]]:
    return list(zip(*reader.encode(texts), strict=True))


def _answer_place(text: str) -> tuple[int, int]:
    """Return where the last boxed answer of a reply stands; its end where none is boxed."""
    box = next((box for box in reversed(read_boxes(text)) if box.closed), None)
    return (len(text), len(text)) if box is None else (box.opens, box.closes)


def _likelihood(read: Read, scores: np.ndarray, begin: int) -> float | None:
    if np.isnan(scores).any():
        return None
    of_answer = [score for score, (_, end) in zip(scores, read.offsets, strict=True) if end > begin]
    return float(np.exp(-np.mean(of_answer))) if of_answer else 0.0
