"""Counts of what a step made: rows, problems, verdicts, reasons, and what it cost."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from data.columns import DROPPED, FINISH_REASON, PROBLEM_ID, VERDICT
from data.store import Artifact
from data.table import values


@dataclass
class Counts:
    """Sums over parts; `+` adds."""

    rows: int = 0
    problems: int = 0
    """Distinct problems among the rows that stayed."""
    verdicts: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    """Rows that left, by reason."""
    usage: Counter[str] = field(default_factory=Counter)
    """calls, replayed, tokens and cost."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.rows + other.rows,
            self.problems + other.problems,
            self.verdicts + other.verdicts,
            self.rejected + other.rejected,
            self.usage + other.usage,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the counts that are the same for the same rows: without what getting them has cost."""
        return {
            "rows": self.rows,
            "problems": self.problems,
            "verdicts": dict(sorted(self.verdicts.items())),
            "rejected": dict(sorted(self.rejected.items())),
        }


def count_parts(artifact: Artifact, parts: Iterable[int]) -> Counts:
    """Count over parts of an artifact; the rows of a problem never lie in two parts."""
    total = Counts()
    for part in parts:
        rows = artifact.read(part, [PROBLEM_ID.name, VERDICT.name, FINISH_REASON.name])
        gone = artifact.rejected(part, [DROPPED.name])
        judged = values(rows, VERDICT) if VERDICT.name in rows.column_names else []
        verdicts = (
            [verdict or ending for verdict, ending in zip(judged, values(rows, FINISH_REASON), strict=True)]
            if judged
            else []
        )
        total += Counts(
            rows.num_rows,
            len(set(values(rows, PROBLEM_ID))),
            Counter(verdicts),
            Counter(values(gone, DROPPED)),
            Counter(artifact.usage(part)),
        )
    return total
