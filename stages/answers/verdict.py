"""A verdict on a reply: correct, incorrect or undecided, with the rule and the answer it rests on."""

from dataclasses import dataclass
from typing import Literal

CHECKER_VERSION = "4"
"""Changes whenever any verdict could change; part of a step's fingerprint and of every row."""


@dataclass(frozen=True)
class Verdict:
    """What was decided about one reply, and why."""

    verdict: Literal["correct", "incorrect", "undecided", "kept_answer"]
    """`kept_answer` where there is no gold, and the trace's own answer stayed."""
    reason: str
    """Empty when correct or plainly different; else a short, countable word: `truncated`, `no_answer`, `gold` ..."""
    rule: str
    """The rule that decided: `identical`, `normalised`, `number`, `structure`, `symbolic`, `choice` ..."""
    extracted: str | None
    """The final answer found in the reply; none when there was none."""
    extraction: str
    """The rule that found it: `boxed`, `hashes`, `stated`, `tag`, `bare`, `last_value`; empty when none did."""


def undecided(reason: str, extracted: str | None = None, extraction: str = "") -> Verdict:
    """Return a verdict that leaves the reply open, for `reason`."""
    return Verdict("undecided", reason, "", extracted, extraction)
