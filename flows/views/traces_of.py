"""Look up the chains of thought of problems in what a run has made, and choose problems worth looking at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.columns import (
    COT_TOKENS,
    DROPPED,
    FINISH_REASON,
    FROM_TOKENS,
    FROM_TRACE_ID,
    PROBLEM_ID,
    QUESTION,
    TRACE_ID,
    VERDICT,
)
from data.errors import InputError
from data.table import Row, values
from flows.running.run_store import RunStore
from pipelines.methods.method import Branch
from stages.check_answer import ACCEPTED

IDS_NAMED = 5
"""Problem ids named when one is not found."""


@dataclass(frozen=True)
class Choices:
    """What a method made of the traces of a problem."""

    method: str
    chosen: frozenset[str]
    """Trace ids, those of shortened versions aside."""
    variants: tuple[dict[str, Any], ...]
    """Rows that are shortened versions of a trace."""
    reasons: dict[str, str]
    """Why the others left, by trace id."""


@dataclass(frozen=True)
class Problem:
    """A problem with every chain of thought there is for it."""

    row: Row
    """Its first trace, which holds the problem's own columns too."""
    traces: tuple[dict[str, Any], ...]
    choices: tuple[Choices, ...]

    def chosen_by(self, trace_id: str) -> list[str]:
        """Return the methods that chose a trace."""
        return [choice.method for choice in self.choices if trace_id in choice.chosen]

    def original(self, variant: Row) -> dict[str, Any] | None:
        """Return the trace a row was made from."""
        return next((trace for trace in self.traces if trace["trace_id"] == variant["from_trace_id"]), None)

    def reason(self, trace_id: str) -> str:
        """Return why a trace left; empty where it did not."""
        return next((choice.reasons[trace_id] for choice in self.choices if trace_id in choice.reasons), "")


@dataclass(frozen=True)
class Saving:
    """How much shorter the chosen trace of a problem is than its longest correct one."""

    ratio: float
    problem_id: str


def spread(savings: list[Saving], wanted: int) -> list[str]:
    """Return problems at even ranks of saving: one gives the median, three the quartiles; never the best ones only."""
    ordered = sorted(savings, key=lambda saving: (saving.ratio, saving.problem_id))
    ranks = [(2 * place + 1) * len(ordered) // (2 * wanted) for place in range(wanted)] if ordered else []
    return [ordered[rank].problem_id for rank in dict.fromkeys(ranks)]


def savings_of(store: RunStore, branch: Branch) -> list[Saving]:
    """Return the saving of every problem with a shortened trace, or a chosen one and another correct one."""
    lengths: dict[str, list[int]] = {}
    traces = store.artifact(branch.traces)
    for part in traces.parts():
        for row in traces.read(part, [f.name for f in (PROBLEM_ID, COT_TOKENS, VERDICT, FINISH_REASON)]).to_pylist():
            if row["verdict"] in ACCEPTED and row["finish_reason"] != "length":
                lengths.setdefault(row["problem_id"], []).append(row["cot_tokens"])
    found = {}
    rows = store.artifact(branch.rows)
    for part in rows.parts():
        for row in rows.read(part, [PROBLEM_ID.name, COT_TOKENS.name, FROM_TOKENS.name]).to_pylist():
            before = lengths.get(row["problem_id"], [])
            longest = row["from_tokens"] or (max(before) if len(before) > 1 else 0)
            if longest:
                found[row["problem_id"]] = Saving(row["cot_tokens"] / longest, row["problem_id"])
    return list(found.values())


def find_problem(store: RunStore, wanted: str) -> Problem:
    """Return the one problem whose id begins with `wanted`.

    Raises:
        InputError: none does, or several do.
    """
    matching: dict[str, str] = {}
    some: dict[str, str] = {}
    for branch in store.order.plan.branches:
        artifact = store.artifact(branch.traces)
        for part in artifact.parts():
            rows = artifact.read(part, [PROBLEM_ID.name, QUESTION.name])
            for problem, question in zip(values(rows, PROBLEM_ID), values(rows, QUESTION), strict=True):
                if problem.startswith(wanted):
                    matching[problem] = question
                elif len(some) < IDS_NAMED:
                    some[problem] = question
    if len(matching) == 1:
        return load_problem(store, next(iter(matching)))
    if matching:
        raise InputError(f"{len(matching)} problems have an id that begins with {wanted!r}: {_some(matching)}")
    there = f"there are {_some(some)} and others" if some else "there are no chains of thought yet: build first"
    raise InputError(f"no problem of this run has an id that begins with {wanted!r}; {there}")


def load_problem(store: RunStore, problem_id: str) -> Problem:
    """Return a problem with its traces, the shortest first, and what the methods made of them."""
    traces: dict[str, dict[str, Any]] = {}
    choices = []
    for branch in store.order.plan.branches:
        artifact = store.artifact(branch.traces)
        for part in artifact.parts():
            if problem_id in values(artifact.read(part, [PROBLEM_ID.name]), PROBLEM_ID):
                found = artifact.read(part).to_pylist()
                traces |= {row["trace_id"]: row for row in found if row["problem_id"] == problem_id}
        choices.append(_choices(store, branch, problem_id))
    ordered = sorted(traces.values(), key=lambda row: (row["cot_tokens"], row["trace_id"]))
    return Problem(ordered[0], tuple(ordered), tuple(choices))


def _choices(store: RunStore, branch: Branch, problem_id: str) -> Choices:
    artifact = store.artifact(branch.rows)
    columns = [PROBLEM_ID.name, TRACE_ID.name, DROPPED.name]
    chosen: set[str] = set()
    variants: list[dict[str, Any]] = []
    reasons: dict[str, str] = {}
    for part in artifact.parts():
        if problem_id in values(artifact.read(part, [PROBLEM_ID.name]), PROBLEM_ID):
            mine = list(_of(artifact.read(part).to_pylist(), problem_id))
            chosen |= {row["trace_id"] for row in mine if row[FROM_TRACE_ID.name] is None}
            variants += [row for row in mine if row[FROM_TRACE_ID.name] is not None]
        gone = _of(artifact.rejected(part, columns).to_pylist(), problem_id)
        reasons |= {row["trace_id"]: row["dropped"] for row in gone}
    variants.sort(key=lambda row: (row[COT_TOKENS.name], row[TRACE_ID.name]))
    return Choices(branch.method.called, frozenset(chosen), tuple(variants), reasons)


def _of(rows: list[dict[str, Any]], problem_id: str) -> Iterator[dict[str, Any]]:
    return (row for row in rows if row["problem_id"] == problem_id)


def _some(problems: dict[str, str]) -> str:
    return ", ".join(list(problems)[:IDS_NAMED])
