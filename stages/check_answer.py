"""Check the final answer of every reply against the gold."""

from functools import lru_cache

import pyarrow as pa

from data.columns import (
    ANSWER_KIND,
    ANSWER_RULE,
    CHECKER,
    FINAL_ANSWER,
    FINISH_REASON,
    GOLD,
    REPLY,
    VERDICT,
    VERDICT_REASON,
)
from data.spec import spec
from data.table import values, with_column
from stages.answers.check import CHECKER_VERSION, Verdict, check_answer
from stages.stage import Stage


@lru_cache(maxsize=1 << 14)
def verdict(reply: str, gold: str | None, kind: str | None, finish_reason: str | None) -> Verdict:
    """Return the verdict on a reply; asked again (by a race, then by the stage) it is remembered."""
    if finish_reason == "cancelled":
        return Verdict(verdict="undecided", reason="cancelled", rule="", extracted=None, extraction="")
    return check_answer(reply, gold, kind=kind, finish_reason=finish_reason or "stop")


@spec
class CheckAnswer(Stage):
    """Give every trace a verdict. No row leaves here: only a method decides what it can use."""

    reads = (REPLY, GOLD, ANSWER_KIND, FINISH_REASON)
    writes = (FINAL_ANSWER, ANSWER_RULE, VERDICT, VERDICT_REASON, CHECKER)

    version: str = CHECKER_VERSION
    """The checker's version: another one gives other rows, so it is part of the step's identity."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        columns = (values(rows, field) for field in self.reads)
        verdicts = [verdict(reply or "", *rest) for reply, *rest in zip(*columns, strict=True)]
        rows = with_column(rows, FINAL_ANSWER, [v.extracted for v in verdicts])
        rows = with_column(rows, ANSWER_RULE, [f"{v.extraction}/{v.rule}" for v in verdicts])
        rows = with_column(rows, VERDICT, [v.verdict for v in verdicts])
        rows = with_column(rows, VERDICT_REASON, [v.reason for v in verdicts])
        return with_column(rows, CHECKER, [self.version] * rows.num_rows)
