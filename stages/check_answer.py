"""Check the final answer of every reply against the gold."""

from dataclasses import replace
from functools import lru_cache
from typing import Literal

import pyarrow as pa

from data.columns import (
    ANSWER,
    ANSWER_KIND,
    ANSWER_RULE,
    CHECKER,
    FINAL_ANSWER,
    FINISH_REASON,
    GOLD,
    METHOD,
    TOLERANCE,
    VERDICT,
    VERDICT_REASON,
)
from data.inputs.rows.trace_rows import IMPORTED
from data.spec import spec
from data.table import Row, with_column
from stages.answers.check import CHECKER_VERSION, Verdict, check_answer
from stages.answers.find.extract import final_answer
from stages.answers.verdict import undecided
from stages.stage import Stage

UNJUDGED = ("cancelled", "pruned")
"""Ends of replies that nobody waited for: a status, and no verdict."""


KEPT: Literal["kept_answer"] = "kept_answer"
"""The verdict on a trace without a gold: its own answer, which stays; nobody knows whether it is right."""
ACCEPTED = ("correct", KEPT)
"""Verdicts of traces that may enter a dataset."""
GUESSED = ("", "bare", "last_value")
"""Ways to find an answer that the reply does not say is one: too weak to hold a trace to."""


@lru_cache(maxsize=1 << 14)
def verdict(
    answer: str | None, gold: str | None, kind: str | None, finish_reason: str | None, tolerance: float | None = None
) -> Verdict:
    """Return the verdict on what a reply says after its reasoning; None where its thought never ended.

    Asked again (by a race, then by the stage) it is remembered.
    """
    return check_answer(answer or "", gold, kind=kind, finish_reason=finish_reason or "stop", tolerance=tolerance)


def reference(row: Row) -> str | None:
    """Return what a version of a row has to arrive at: the gold; without one, the row's own answer."""
    gold: str | None = row[GOLD.name]
    return gold if gold is not None else row.get(FINAL_ANSWER.name)


@spec
class CheckAnswer(Stage):
    """Give every trace a verdict but those that were cancelled, which are no answers. No row leaves here.

    A trace that was sampled elsewhere and has no gold is held to the answer it states itself, and so is what is made
    of it: that is `kept_answer`, never `correct`.
    """

    reads = (ANSWER, GOLD, ANSWER_KIND, FINISH_REASON)
    writes = (FINAL_ANSWER, ANSWER_RULE, VERDICT, VERDICT_REASON, CHECKER)

    version: str = CHECKER_VERSION
    """The checker's version: another one gives other rows, so it is part of the step's identity."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        there = [field.name for field in (*self.reads, *OPTIONAL) if field.name in rows.column_names]
        verdicts = [_judged(row) for row in rows.select(there).to_pylist()]
        rows = with_column(rows, FINAL_ANSWER, [v.extracted if v else None for v in verdicts])
        rows = with_column(rows, ANSWER_RULE, [f"{v.extraction}/{v.rule}" if v else None for v in verdicts])
        rows = with_column(rows, VERDICT, [v.verdict if v else None for v in verdicts])
        rows = with_column(rows, VERDICT_REASON, [v.reason if v else None for v in verdicts])
        return with_column(rows, CHECKER, [self.version] * rows.num_rows)


OPTIONAL = (TOLERANCE, METHOD, VERDICT, FINAL_ANSWER)
"""What is read of rows that have it."""


def _judged(row: Row) -> Verdict | None:
    if row[FINISH_REASON.name] in UNJUDGED:
        return None
    asked = row[ANSWER.name], row[ANSWER_KIND.name], row[FINISH_REASON.name]
    if row[GOLD.name] is None and row.get(VERDICT.name) == KEPT:
        return _kept(*asked, row[FINAL_ANSWER.name])
    if row[GOLD.name] is None and row.get(METHOD.name) == IMPORTED:
        return _own(*asked)
    answer, kind, finish_reason = asked
    return verdict(answer, row[GOLD.name], kind, finish_reason, row.get(TOLERANCE.name))


def _own(answer: str | None, kind: str | None, finish_reason: str | None) -> Verdict:
    """Take the answer that a whole trace states itself for what must not change."""
    if finish_reason == "length":
        return undecided("truncated")
    said, extraction = final_answer(answer or "", last_number=False, choice=kind == "choice")
    if not said or not said.strip() or extraction in GUESSED:
        return undecided("no_answer")
    return Verdict(KEPT, "", "own", said, extraction)


def _kept(answer: str | None, kind: str | None, finish_reason: str | None, own: str | None) -> Verdict:
    """Hold a version of a trace to the answer of the whole one."""
    judged = verdict(answer, own, kind, finish_reason)
    return replace(judged, verdict=KEPT) if judged.verdict == "correct" else judged
