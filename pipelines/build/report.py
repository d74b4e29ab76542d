"""What came of a run, in figures that add up: coverage, verdicts, reasons, lengths, cost."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from data.dataset.lengths import Lengths, lengths_of
from data.spec import identity
from data.store import Artifact
from pipelines.build.sums import PROBLEM_FIELDS, REJECTED_FIELDS, ROW_FIELDS, TRACE_FIELDS, RowSums, TraceSums
from pipelines.execute.counts import Counts, count_parts


@dataclass(frozen=True)
class MethodReport:
    """What one method made of its traces."""

    traces: int
    """All that were asked for or read, those that never came included."""
    verdicts: dict[str, int]
    problems: int
    """All that were read."""
    solved: int
    """Problems with at least one row in the dataset."""
    unsolved: int
    solved_by_difficulty: dict[str, tuple[int, int]]
    """Solved and all problems, by difficulty."""
    rows: int
    used: int
    """Traces that rows were made of; more than one row of a trace counts once."""
    rejected: dict[str, int]
    """Traces that no row was made of, by reason; `used` and these add up to `traces`."""
    left_beside: dict[str, int]
    """Rows that left while another row of their trace stays, by reason."""
    remarks: dict[str, int]
    """Remarks about rows, such as `ratio_unreachable`."""
    chosen_by_prompt: dict[str, int]
    before: Lengths | None
    """CoT tokens of all correct whole traces; None where siblings raced, since the long ones were cut short."""
    after: Lengths
    """CoT tokens of the rows."""
    before_same_problems: float | None
    """Mean CoT tokens, over the problems in the dataset, of what `after_same_problems` stands for: of the traces that
    rows were made from, else of all correct ones; None where these raced, or there is nothing to compare."""
    after_same_problems: float | None
    """The same of the rows that were made from a trace, without the long ones beside them; else of all rows."""
    generated_tokens: int | None
    """All tokens generated for these traces; None where siblings raced, whose cost is a matter of timing (the log and
    the journal have it)."""
    votes: dict[str, Any] | None
    """Yield and precision of a method that votes, by margin; None for others."""
    suspect_golds: list[dict[str, str]]
    """`problem_id`, `gold` and `reason` of every gold to look at."""


def method_report(
    read: Artifact,
    traces: Artifact,
    rows: Artifact,
    sampled: Sequence[Artifact] = (),
    between: Sequence[Artifact] = (),
    *,
    ends: bool = False,
) -> MethodReport:
    """Sum up one method from what was read, its traces and its rows, part by part.

    Args:
        sampled: where traces were lost: their own artifact and, where a judge or teachers come after, those before.
        between: where rows were rejected on the way from traces to rows.
        ends: whether a problem's rows are its shortest and its longest trace.
    """
    seen = TraceSums()
    for part in read.listed():
        seen.add_problems(read.read(part, PROBLEM_FIELDS))
    for part in traces.listed():
        seen.add(traces.read(part, TRACE_FIELDS))
    for artifact in sampled or (traces,):
        for part in artifact.listed() if artifact.folder != read.folder else ():
            seen.add_lost(artifact.rejected(part, REJECTED_FIELDS))
    made = RowSums(seen.ids)
    for part in rows.listed():
        made.add(rows.read(part, ROW_FIELDS))
    for artifact in (*between, rows):
        for part in artifact.listed():
            made.add_rejected(artifact.rejected(part, REJECTED_FIELDS))
    solved = made.solved
    counts = count_parts(rows, rows.listed())
    before, after = made.compared(seen.correct, ends=ends)
    return MethodReport(
        traces=seen.verdicts.total() + seen.lost.total(),
        verdicts=dict(sorted(seen.verdicts.items())),
        problems=len(seen.problems),
        solved=len(solved),
        unsolved=len(seen.problems) - len(solved),
        solved_by_difficulty=_by_difficulty(seen.problems, solved),
        rows=counts.rows,
        used=len(made.used),
        rejected=dict(sorted((Counter(made.lost.values()) + seen.lost).items())),
        left_beside=dict(sorted(made.left_beside.items())),
        remarks=dict(sorted(made.remarks.items())),
        chosen_by_prompt=dict(sorted(made.prompts.items())),
        before=None if seen.raced else lengths_of(seen.lengths),
        after=lengths_of(made.lengths),
        before_same_problems=None if seen.raced and not made.shorter else before,
        after_same_problems=after,
        generated_tokens=None if seen.raced else seen.generated,
        votes=made.votes.figures(),
        suspect_golds=seen.suspects.listed(),
    )


def as_json(report: MethodReport) -> dict[str, Any]:
    """Return a report as JSON types."""
    return {
        name: identity(value) if not isinstance(value, Lengths) else _lengths(value)
        for name, value in vars(report).items()
    }


def figures(report: MethodReport) -> dict[str, Any]:
    """Return a report as JSON types without what grows with the number of problems."""
    return {name: value for name, value in as_json(report).items() if name != "suspect_golds"}


def usage(counts: Iterable[Counts]) -> dict[str, float]:
    """Return calls, replayed replies, tokens and cost of several steps: what it took, not what came of it."""
    total: Counter[str] = Counter()
    for count in counts:
        total += count.usage
    return dict(sorted(total.items()))


def _lengths(lengths: Lengths) -> dict[str, Any]:
    return {"traces": lengths.traces, "mean": lengths.mean, "median": lengths.median, "p90": lengths.p90}


def _by_difficulty(problems: dict[str, str], solved: set[str]) -> dict[str, tuple[int, int]]:
    every = Counter(problems.values())
    done = Counter(problems[problem] for problem in solved)
    return {difficulty: (done[difficulty], every[difficulty]) for difficulty in sorted(every)}
