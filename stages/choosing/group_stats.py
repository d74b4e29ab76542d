"""What the samples of a problem have in common: how many, how many correct, how long, what they cost."""

from statistics import fmean, pstdev
from typing import Any

import pyarrow as pa

from data.columns import FINISH_REASON, GOLD, GROUP, PROBLEM_ID, REPLY_TOKENS, SPENT_TOKENS, VERDICT
from data.spec import spec
from data.table import Row, values, with_column
from stages.check_answer import ACCEPTED, UNJUDGED
from stages.stage import Stage


@spec
class GroupStats(Stage):
    """Give every trace the statistics of its problem's samples and what all of them cost together.

    Runs before anything is dropped: `group.n` counts all samples, lengths are those of the correct ones. Of samples
    that lost a race nobody knows what they would have been or when they were cut short: figures that depend on them
    are null, their cost among these.
    """

    reads = (PROBLEM_ID, GOLD, REPLY_TOKENS, VERDICT, FINISH_REASON, SPENT_TOKENS)
    writes = (GROUP, SPENT_TOKENS)

    def __call__(self, rows: pa.Table) -> pa.Table:
        groups: dict[str, list[Row]] = {}
        picked = rows.select([field.name for field in self.reads]).to_pylist()
        for row in picked:
            groups.setdefault(row["problem_id"], []).append(row)
        stats = {problem: _stats(group) for problem, group in groups.items()}
        spent = {problem: _spent(group) for problem, group in groups.items()}
        ids = values(rows, PROBLEM_ID)
        rows = with_column(rows, GROUP, [stats[problem] for problem in ids])
        return with_column(rows, SPENT_TOKENS, [spent[problem] for problem in ids])


def _spent(group: list[Row]) -> int | None:
    raced = any(row["finish_reason"] == "cancelled" for row in group)
    return None if raced else sum(row["spent_tokens"] or 0 for row in group)


def _stats(group: list[Row]) -> dict[str, Any]:
    lengths = [row["reply_tokens"] for row in group if row["verdict"] in ACCEPTED]
    finished = sum(row["finish_reason"] not in UNJUDGED for row in group)
    known = finished == len(group)
    judged = known and group[0]["gold"] is not None
    return {
        "n": len(group),
        "n_finished": finished,
        "pass_rate": len(lengths) / len(group) if judged else None,
        "mean": fmean(lengths) if lengths and known else None,
        "min": min(lengths, default=None),
        "max": max(lengths) if lengths and known else None,
        "std": pstdev(lengths) if lengths and known else None,
    }
