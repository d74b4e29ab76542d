"""What came of each check, as a table for a person and a file for the docs; no package is needed to read either."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

Status = Literal["passed", "failed", "not possible here", "left out"]
"""`left out`: whoever ran them did not ask for it."""
Figures = dict[str, Any]
"""What a check measured, by what a person calls it."""


class NotPossible(Exception):
    """This machine lacks what a check needs; the text says what."""


class CheckFailed(Exception):
    """Something ran and came out wrong; the text says what."""


@dataclass(frozen=True)
class Outcome:
    """What came of one check."""

    check: str
    status: Status
    reason: str = ""
    """Why it failed, or what this machine lacks."""
    figures: Figures = field(default_factory=dict)
    seconds: float = 0.0

    def cells(self) -> list[str]:
        """Return its cells of the table."""
        figures = "; ".join(f"{name} {_shown(value)}" for name, value in self.figures.items())
        result = self.status + (f": {self.reason}" if self.reason else "")
        return [self.check, result.replace("|", "\\|").replace("\n", " "), figures, f"{self.seconds:.0f}"]


@dataclass(frozen=True)
class Report:
    """All checks of one run."""

    on: str
    """The day and the kind of processor."""
    seconds: float
    outcomes: Sequence[Outcome]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(outcome.status != "failed" for outcome in self.outcomes)

    def table(self) -> str:
        """Return it as Markdown."""
        statuses = [outcome.status for outcome in self.outcomes]
        counts = ", ".join(f"{statuses.count(status)} {status}" for status in get_args(Status) if status in statuses)
        lines = [f"{self.on}: {counts}, {self.seconds:.0f} s in all", ""]
        lines += ["| check | result | figures | s |", "|---|---|---|---:|"]
        return "\n".join([*lines, *(f"| {' | '.join(outcome.cells())} |" for outcome in self.outcomes)]) + "\n"

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")


def read_report(path: Path) -> Report:
    """Read what `write` has written."""
    kept = json.loads(path.read_text("utf-8"))
    return Report(**{**kept, "outcomes": [Outcome(**one) for one in kept["outcomes"]]})


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
