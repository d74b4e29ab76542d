"""What became of every reply that was asked for, read from the artifact of a step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from data.columns import (
    COT_TOKENS,
    DIFFICULTY,
    FINISH_REASON,
    PROBLEM_ID,
    REPLY_TOKENS,
    SAMPLE,
    SOURCE,
    VERDICT,
)
from data.store import Artifact

FAILED = "failed"
"""The verdict on a reply that never came."""


@dataclass(frozen=True)
class Outcome:
    """One reply."""

    problem: str
    source: str
    difficulty: str | None
    sample: int
    verdict: str
    """correct, incorrect, undecided, or failed."""
    cot_tokens: int | None
    reply_tokens: int | None
    truncated: bool

    @property
    def correct(self) -> bool:
        """Whether it counts as right."""
        return self.verdict == "correct"


def read_outcomes(artifact: Artifact) -> list[Outcome]:
    """Return the outcomes of a closed artifact by problem and sample; a request that failed for good is one too."""
    columns = [PROBLEM_ID, SOURCE, DIFFICULTY, SAMPLE, VERDICT, COT_TOKENS, REPLY_TOKENS, FINISH_REASON]
    found = _outcomes(artifact, [column.name for column in columns])
    return sorted(found, key=lambda outcome: (outcome.problem, outcome.sample))


def _outcomes(artifact: Artifact, columns: list[str]) -> Iterator[Outcome]:
    for part in artifact.listed():
        yield from (_outcome(row, row[VERDICT.name]) for row in artifact.read(part, columns).to_pylist())
        yield from (_outcome(row, FAILED) for row in artifact.rejected(part, columns).to_pylist())


def _outcome(row: dict[str, Any], verdict: str) -> Outcome:
    return Outcome(
        problem=row[PROBLEM_ID.name],
        source=row[SOURCE.name],
        difficulty=row[DIFFICULTY.name],
        sample=row[SAMPLE.name] or 0,
        verdict=verdict,
        cot_tokens=row[COT_TOKENS.name],
        reply_tokens=row[REPLY_TOKENS.name],
        truncated=row[FINISH_REASON.name] == "length",
    )
