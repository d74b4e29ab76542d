"""Give every unit of a chain of thought a score: how much it matters, by the measure of a scorer."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from data.columns import COT, DROPPED, FINAL_ANSWER, QUESTION, REPLY, UNIT_SCORES
from data.spec import spec
from data.table import drop, values, with_column
from stages.answer_segment import parts_of
from stages.cutting.units import units_of
from stages.scorers.every import AnyScorer
from stages.scorers.scorer import Thought
from stages.stage import Stage


@spec
class ScoreTokens(Stage):
    """Score the units of the reasoning, which ends where the reply states its answer.

    A trace whose question leaves the scorer no room to read the reasoning leaves as `question_too_long`.
    """

    reads = (QUESTION, REPLY, COT, FINAL_ANSWER)
    writes = (UNIT_SCORES, DROPPED)

    scorer: AnyScorer

    @property
    def gpus(self) -> int:
        return self.scorer.gpus

    def uses(self) -> Mapping[str, str]:
        return {"scorer": self.scorer.identity()}

    def __call__(self, rows: pa.Table) -> pa.Table:
        columns = (values(rows, field) for field in (QUESTION, REPLY, FINAL_ANSWER))
        thoughts = [
            Thought(question, units_of(parts_of(reply).reasoning), answer)
            for question, reply, answer in zip(*columns, strict=True)
        ]
        scores = self.scorer.score(thoughts)
        unread = [bool(np.isnan(found).any()) for found in scores]
        rows = with_column(rows, UNIT_SCORES, [found.tolist() for found in scores])
        return drop(rows, ["question_too_long" if missing else None for missing in unread])
