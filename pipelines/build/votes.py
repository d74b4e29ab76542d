"""What votes came to: how many problems got an answer, and how often it was right by how clearly it won."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from data.columns import PROBLEM_ID, VERDICT, VOTE
from data.table import values


@dataclass
class Votes:
    """Sums over the rows of a method that votes, and those it let go."""

    answered: set[str] = field(default_factory=set)
    polled: set[str] = field(default_factory=set)
    judged: Counter[int] = field(default_factory=Counter)
    """Answered problems with a verdict, by margin: votes of the winner less those of the runner-up."""
    right: Counter[int] = field(default_factory=Counter)
    margins: Counter[int] = field(default_factory=Counter)

    def add(self, rows: pa.Table) -> None:
        """Count rows that stayed: each is a problem's answer."""
        for problem, vote, verdict in zip(*(values(rows, f) for f in (PROBLEM_ID, VOTE, VERDICT)), strict=True):
            if vote is None:
                continue
            margin = vote["winner"] - vote["runner_up"]
            self.answered.add(problem)
            self.margins[margin] += 1
            self.judged[margin] += verdict in ("correct", "incorrect")
            self.right[margin] += verdict == "correct"

    def add_rejected(self, rows: pa.Table) -> None:
        """Count the problems of rows that left."""
        pairs = zip(values(rows, PROBLEM_ID), values(rows, VOTE), strict=True)
        self.polled |= {problem for problem, vote in pairs if vote is not None}

    def figures(self) -> dict[str, Any] | None:
        """Return yield and precision by margin, `precision` null where no gold tells; None where nobody voted."""
        polled = self.polled | self.answered
        if not polled:
            return None
        return {
            "polled": len(polled),
            "answered": len(self.answered),
            "yield": len(self.answered) / len(polled),
            "precision": _share(self.right.total(), self.judged.total()),
            "by_margin": [self._at(margin) for margin in sorted(self.margins, reverse=True)],
        }

    def _at(self, margin: int) -> dict[str, Any]:
        judged, right = self.judged[margin], self.right[margin]
        told = {"margin": margin, "answered": self.margins[margin], "judged": judged, "correct": right}
        return {**told, "precision": _share(right, judged)}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
