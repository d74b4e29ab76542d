"""Golds to look at before they are trusted: malformed ones, and those that no sample ever matched."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from data.table import Row
from stages.answers.find.gold import gold_fault

FEWEST_TRIES = 4
"""Replies with an answer that a problem needs before its gold is suspect for matching none."""
LONGEST_SHOWN = 80
"""Characters of a gold that are told."""


@dataclass
class Suspects:
    """Looks at traces as they come."""

    golds: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    """Wrong answers, by problem; a problem with a right one is not among them."""
    matched: set[str] = field(default_factory=set)

    def add(self, rows: Iterable[Row]) -> None:
        """Look at traces (`problem_id`, `gold`, `verdict`) of problems that have a gold."""
        for row in rows:
            if row["gold"] is None:
                continue
            problem = row["problem_id"]
            self.golds[problem] = row["gold"]
            if row["verdict"] == "correct":
                self.matched.add(problem)
            elif row["verdict"] == "incorrect":
                self.tries[problem] = self.tries.get(problem, 0) + 1

    def listed(self) -> list[dict[str, str]]:
        """Return `problem_id`, `gold` and `reason` (`never_matched`, `empty`, `sentinel`, `several_boxes`), by id."""
        return [
            {"problem_id": problem, "gold": gold[:LONGEST_SHOWN], "reason": reason}
            for problem, gold in sorted(self.golds.items())
            if (reason := gold_fault(gold) or self._never_matched(problem))
        ]

    def _never_matched(self, problem: str) -> str:
        tried = self.tries.get(problem, 0) >= FEWEST_TRIES and problem not in self.matched
        return "never_matched" if tried else ""
