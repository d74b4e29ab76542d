"""Check the final answer of every reply against the gold."""

from functools import lru_cache

import pyarrow as pa

from data.columns import (
    ANSWER,
    ANSWER_KIND,
    ANSWER_RULE,
    CHECKER,
    FINAL_ANSWER,
    FINISH_REASON,
    GOLD,
    VERDICT,
    VERDICT_REASON,
)
from data.spec import spec
from data.table import values, with_column
from stages.answers.check import CHECKER_VERSION, Verdict, check_answer
from stages.stage import Stage

UNJUDGED = ("cancelled", "pruned")
"""Ends of replies that nobody waited for: a status, and no verdict."""


@lru_cache(maxsize=1 << 14)
def verdict(answer: str | None, gold: str | None, kind: str | None, finish_reason: str | None) -> Verdict:
    """Return the verdict on what a reply says after its reasoning; None where its thought never ended.

    Asked again (by a race, then by the stage) it is remembered.
    """
    return check_answer(answer or "", gold, kind=kind, finish_reason=finish_reason or "stop")


@spec
class CheckAnswer(Stage):
    """Give every trace a verdict but those that were cancelled, which are no answers. No row leaves here."""

    reads = (ANSWER, GOLD, ANSWER_KIND, FINISH_REASON)
    writes = (FINAL_ANSWER, ANSWER_RULE, VERDICT, VERDICT_REASON, CHECKER)

    version: str = CHECKER_VERSION
    """The checker's version: another one gives other rows, so it is part of the step's identity."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        columns = (values(rows, field) for field in self.reads)
        verdicts = [None if row[-1] in UNJUDGED else verdict(*row) for row in zip(*columns, strict=True)]
        rows = with_column(rows, FINAL_ANSWER, [v.extracted if v else None for v in verdicts])
        rows = with_column(rows, ANSWER_RULE, [f"{v.extraction}/{v.rule}" if v else None for v in verdicts])
        rows = with_column(rows, VERDICT, [v.verdict if v else None for v in verdicts])
        rows = with_column(rows, VERDICT_REASON, [v.reason if v else None for v in verdicts])
        return with_column(rows, CHECKER, [self.version] * rows.num_rows)
