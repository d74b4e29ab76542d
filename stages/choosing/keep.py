"""Which traces may enter a dataset: verified, whole, and each text once a problem."""

import pyarrow as pa

from data.columns import COT_TOKENS, DROPPED, FINISH_REASON, PROBLEM_ID, REMARKS, REPLY, VERDICT, VERDICT_REASON
from data.spec import Positive, spec
from data.table import drop, values
from stages.check_answer import ACCEPTED, UNJUDGED
from stages.stage import Stage


@spec
class KeepVerified(Stage):
    """Keep correct, untruncated traces, and those that keep their own answer where there is no gold.

    The rest leave as `cancelled`, `pruned`, `truncated`, `incorrect` or `undecided_...`.
    """

    reads = (VERDICT, VERDICT_REASON, FINISH_REASON)
    writes = (DROPPED,)

    def __call__(self, rows: pa.Table) -> pa.Table:
        columns = (values(rows, field) for field in self.reads)
        return drop(rows, [_fault(*found) for found in zip(*columns, strict=True)])


@spec
class KeepSameAnswer(Stage):
    """Keep variants that still arrive at the gold, or at the whole trace's own answer where there is no gold.

    The rest leave as `answer_changed` or `undecided_...`.
    """

    reads = (VERDICT, VERDICT_REASON)
    writes = (DROPPED,)

    def __call__(self, rows: pa.Table) -> pa.Table:
        pairs = zip(values(rows, VERDICT), values(rows, VERDICT_REASON), strict=True)
        faults = {**dict.fromkeys(ACCEPTED), "incorrect": "answer_changed"}
        return drop(rows, [faults.get(verdict, f"undecided_{reason}") for verdict, reason in pairs])


@spec
class KeepShort(Stage):
    """Keep chains of thought of at most so many tokens; longer ones leave as `over_max_cot_tokens`."""

    reads = (COT_TOKENS,)
    writes = (DROPPED,)

    max_cot_tokens: Positive

    def __call__(self, rows: pa.Table) -> pa.Table:
        over = (tokens > self.max_cot_tokens for tokens in values(rows, COT_TOKENS))
        return drop(rows, ["over_max_cot_tokens" if long else None for long in over])


@spec
class DropRemarked(Stage):
    """Let rows go that carry one of these remarks, which becomes their reason."""

    reads = (REMARKS,)
    writes = (DROPPED,)

    remarks: tuple[str, ...]

    def __call__(self, rows: pa.Table) -> pa.Table:
        found = values(rows, REMARKS)
        return drop(rows, [next((it for it in said or () if it in self.remarks), None) for said in found])


@spec
class DropRepeats(Stage):
    """Keep the first of equal replies to one problem; an equal reply to another problem is not a repeat."""

    reads = (PROBLEM_ID, REPLY)
    writes = (DROPPED,)

    def __call__(self, rows: pa.Table) -> pa.Table:
        seen: set[tuple[str, str]] = set()
        reasons: list[str | None] = []
        for pair in zip(values(rows, PROBLEM_ID), values(rows, REPLY), strict=True):
            reasons.append("repeated" if pair in seen else None)
            seen.add(pair)
        return drop(rows, reasons)


def _fault(verdict: str | None, reason: str | None, finish: str | None) -> str | None:
    if finish in UNJUDGED:
        return finish
    if finish == "length" or reason == "truncated":
        return "truncated"
    if verdict == "undecided":
        return f"undecided_{reason}"
    return None if verdict in ACCEPTED else "incorrect"
