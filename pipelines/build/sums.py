"""Sums over what a method was given and what it made, part by part."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import pyarrow as pa

from data.columns import (
    ANSWER_KIND,
    COT_TOKENS,
    DIFFICULTY,
    DROPPED,
    FINISH_REASON,
    FROM_TOKENS,
    FROM_TRACE_ID,
    GOLD,
    PROBLEM_ID,
    PROMPT_ID,
    QUESTION,
    REMARKS,
    SPENT_TOKENS,
    TRACE_ID,
    VERDICT,
    VOTE,
)
from data.dataset.lengths import count_lengths
from data.table import values
from pipelines.build.suspects import Suspects
from pipelines.build.votes import Votes
from stages.check_answer import ACCEPTED

UNGRADED = "ungraded"
"""Stands for the difficulty of problems whose source grades none."""

PROBLEM_FIELDS = [f.name for f in (PROBLEM_ID, DIFFICULTY)]
TRACE_FIELDS = [
    f.name
    for f in (
        TRACE_ID,
        PROBLEM_ID,
        QUESTION,
        GOLD,
        ANSWER_KIND,
        DIFFICULTY,
        VERDICT,
        FINISH_REASON,
        COT_TOKENS,
        SPENT_TOKENS,
    )
]
REJECTED_FIELDS = [f.name for f in (PROBLEM_ID, TRACE_ID, FROM_TRACE_ID, DROPPED, VOTE, SPENT_TOKENS)]
ROW_FIELDS = [
    f.name for f in (PROBLEM_ID, PROMPT_ID, COT_TOKENS, FROM_TOKENS, TRACE_ID, FROM_TRACE_ID, REMARKS, VOTE, VERDICT)
]


@dataclass
class TraceSums:
    """Sums over the traces of a step."""

    ids: set[str] = field(default_factory=set)
    problems: dict[str, str] = field(default_factory=dict)
    verdicts: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    correct: dict[str, list[int]] = field(default_factory=dict)
    generated: int = 0
    suspects: Suspects = field(default_factory=Suspects)
    raced: bool = False
    """Whether siblings raced and some of them lost, of which nothing is known."""
    lost: Counter[str] = field(default_factory=Counter)
    """Traces that never came, by reason."""

    def add_problems(self, rows: pa.Table) -> None:
        """Count problems that were read, whatever became of them."""
        difficulties = zip(values(rows, PROBLEM_ID), values(rows, DIFFICULTY), strict=True)
        self.problems.update((problem, difficulty or UNGRADED) for problem, difficulty in difficulties)

    def add_lost(self, rows: pa.Table) -> None:
        """Count requests that failed for good, and what they have cost."""
        self.lost += Counter(values(rows, DROPPED))
        self.generated += sum(spent or 0 for spent in values(rows, SPENT_TOKENS))

    def add(self, rows: pa.Table) -> None:
        found = rows.to_pylist()
        self.suspects.add(found)
        for row in found:
            self.ids.add(row["trace_id"])
            self.problems[row["problem_id"]] = row["difficulty"] or UNGRADED
            self.verdicts[row["verdict"] or row["finish_reason"]] += 1
            self.generated += row["spent_tokens"] or 0
            self.raced |= row["finish_reason"] == "cancelled"
            if row["verdict"] in ACCEPTED and row["finish_reason"] != "length":
                self.lengths[row["cot_tokens"]] += 1
                self.correct.setdefault(row["problem_id"], []).append(row["cot_tokens"])


@dataclass
class RowSums:
    """Sums over the rows of a method."""

    traces: Collection[str]
    """Ids of all that the method was given; a row stands for its own trace, or for the one it was made from."""
    solved: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    prompts: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    own: dict[str, list[int]] = field(default_factory=dict)
    """CoT tokens of the rows that are traces themselves, by problem."""
    shorter: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """CoT tokens of the trace it was made from, and its own, of every row that was made from one, by problem."""
    remarks: Counter[str] = field(default_factory=Counter)
    votes: Votes = field(default_factory=Votes)
    lost: dict[str, str] = field(default_factory=dict)
    """Why a trace is in no row: the reason of the last row that was made of it."""
    left_beside: Counter[str] = field(default_factory=Counter)

    def add(self, rows: pa.Table) -> None:
        sources = zip(values(rows, TRACE_ID), values(rows, FROM_TRACE_ID), strict=True)
        self.used |= {self._stands_for(trace, made_from) for trace, made_from in sources}
        self.solved |= set(values(rows, PROBLEM_ID))
        self.prompts += Counter(values(rows, PROMPT_ID))
        self.lengths += count_lengths(rows)
        fields = (values(rows, field) for field in (PROBLEM_ID, FROM_TRACE_ID, FROM_TOKENS, COT_TOKENS))
        for problem, made_from, whole, tokens in zip(*fields, strict=True):
            if made_from is None:
                self.own.setdefault(problem, []).append(tokens)
            elif whole is not None:
                self.shorter.setdefault(problem, []).append((whole, tokens))
        self.remarks += Counter(remark for remarks in values(rows, REMARKS) for remark in remarks or ())
        self.votes.add(rows)

    def compared(self, correct: Mapping[str, Sequence[int]], *, ends: bool) -> tuple[float | None, float | None]:
        """Return mean CoT tokens before and after, of the same problems and what stands for each other in them.

        Rows that were made from a trace are compared with that trace; else each problem's rows with its `correct`
        traces, of two `ends` the shorter one. Every problem weighs the same.
        """
        if self.shorter:
            pairs = [tuple(fmean(side) for side in zip(*rows, strict=True)) for _, rows in sorted(self.shorter.items())]
            return fmean(pair[0] for pair in pairs), fmean(pair[1] for pair in pairs)
        both = [problem for problem in sorted(self.own) if problem in correct]
        if not both:
            return None, None
        after = fmean(min(self.own[problem]) if ends else fmean(self.own[problem]) for problem in both)
        return fmean(fmean(correct[problem]) for problem in both), after

    def add_rejected(self, rows: pa.Table) -> None:
        """Count rows that left; to be called when all that stay are counted."""
        self.votes.add_rejected(rows)
        columns = (values(rows, field) for field in (TRACE_ID, FROM_TRACE_ID, DROPPED))
        for trace, made_from, reason in zip(*columns, strict=True):
            source = self._stands_for(trace, made_from)
            if source in self.used:
                self.left_beside[reason] += 1
            else:
                self.lost[source] = reason

    def _stands_for(self, trace: str, made_from: str | None) -> str:
        return trace if made_from is None or trace in self.traces else made_from
