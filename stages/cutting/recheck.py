"""Check a cut chain again by a model that did not write it: how likely the answer is once the chain has been read."""

from collections.abc import Mapping, Sequence
from math import exp, isnan
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from data.columns import ANSWER, DROPPED, MEASURES, PROMPT, REASONING, REPLY
from data.prompts.turns import last_user
from data.spec import Positive, spec
from data.table import Row, drop, values, with_column
from stages.replies.split_reply import row_text
from stages.scorers.answers import Stated, answer_surprisals
from stages.scorers.models import Weights
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
        stated = [Stated(row["prompt"][last_user(row["prompt"])]["content"], row_text(row)) for row in rows]
        found = answer_surprisals(self.by.weights, stated, self.by.window)
        return [None if isnan(surprisal) else exp(-surprisal) for surprisal in found]
