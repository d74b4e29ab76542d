"""Give every unit of a chain of thought a score: how much it matters, by the measure of a scorer."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from data.columns import ANSWER, COT, DROPPED, FINAL_ANSWER, PROMPT, REASONING, REPLY, UNIT_SCORES
from data.prompts.turns import last_user
from data.spec import spec
from data.table import drop, with_column
from stages.cutting.units import UNITS, Grain, read_units
from stages.replies.answer_segment import parts_of
from stages.replies.split_reply import row_text
from stages.scorers.every import EveryScorer
from stages.scorers.scorer import Scores, Thought
from stages.stage import Stage


@spec
class ScoreTokens(Stage):
    """Score the units of the reasoning, which ends where the reply states its answer.

    A trace whose question leaves the scorer no room to read the reasoning leaves as `question_too_long`, one of more
    units than the scorer takes as `too_many_steps`.
    """

    reads = (PROMPT, REPLY, REASONING, ANSWER, COT, FINAL_ANSWER)
    writes = (UNIT_SCORES, DROPPED)

    scorer: EveryScorer
    grain: Grain = "formulas"
    """What is one unit."""

    @property
    def gpus(self) -> int:
        return self.scorer.gpus

    @property
    def likes_a_gpu(self) -> bool:
        return self.scorer.likes_a_gpu

    def uses(self) -> Mapping[str, str]:
        return {"scorer": self.scorer.identity(), "units": UNITS}

    def __call__(self, rows: pa.Table) -> pa.Table:
        there = [field.name for field in self.reads]
        thoughts = [
            Thought(
                row["prompt"][last_user(row["prompt"])]["content"],
                read_units(parts_of(row_text(row), row["final_answer"]).reasoning, self.grain),
                row["final_answer"],
            )
            for row in rows.select(there).to_pylist()
        ]
        scores = self.scorer.score(thoughts)
        rows = with_column(rows, UNIT_SCORES, [found.tolist() for found in scores])
        return drop(rows, [self._reason(found) for found in scores])

    def _reason(self, scores: Scores) -> str | None:
        if not np.isnan(scores).any():
            return None
        most = self.scorer.most_units
        return "too_many_steps" if most is not None and len(scores) > most else "question_too_long"
