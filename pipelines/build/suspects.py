"""Golds to look at before they are trusted: malformed ones, and those that no sample ever matched."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from data.table import Row
from stages.answers.find.gold import gold_fault
from stages.asking.options import options_of

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
    chosen: dict[str, bool] = field(default_factory=dict)
    """Whether a problem's question shows options and its gold is read as none of them."""

    def add(self, rows: Iterable[Row]) -> None:
        """Look at traces (`problem_id`, `question`, `gold`, `answer_kind`, `verdict`) of problems that have a gold."""
        for row in rows:
            if row["gold"] is None:
                continue
            problem = row["problem_id"]
            self.golds[problem] = row["gold"]
            if problem not in self.chosen:
                self.chosen[problem] = row["answer_kind"] != "choice" and _is_among_options(
                    row["question"], row["gold"]
                )
            if row["verdict"] == "correct":
                self.matched.add(problem)
            elif row["verdict"] == "incorrect":
                self.tries[problem] = self.tries.get(problem, 0) + 1

    def listed(self) -> list[dict[str, str]]:
        """Return `problem_id`, `gold` and `reason`, by id.

        Reasons are `empty`, `sentinel`, `several_boxes`, `option_read_as_value` (the question shows options, one of
        which is the gold: read it with `gold: choice`, else a reply that names the letter is wrong), `never_matched`.
        """
        return [
            {"problem_id": problem, "gold": gold[:LONGEST_SHOWN], "reason": reason}
            for problem, gold in sorted(self.golds.items())
            if (reason := gold_fault(gold) or self._read_as_value(problem) or self._never_matched(problem))
        ]

    def _read_as_value(self, problem: str) -> str:
        return "option_read_as_value" if self.chosen[problem] and problem not in self.matched else ""

    def _never_matched(self, problem: str) -> str:
        tried = self.tries.get(problem, 0) >= FEWEST_TRIES and problem not in self.matched
        return "never_matched" if tried else ""


def _is_among_options(question: str, gold: str) -> bool:
    """Tell whether a question shows options of which one is the gold, by its label or its text."""
    options = options_of(question) or ()
    said = gold.strip().casefold()
    return any(said in (option.label.casefold(), option.text.strip().casefold()) for option in options)
