"""A limit on tokens, cost or hours, and what is left of it."""

import math
import time
from dataclasses import dataclass, field
from pathlib import Path

from data.journal import journal_totals
from pipelines.execute.execution import Limits
from pipelines.execute.worker import Allowance


@dataclass
class Budget:
    """What a build may still spend; tokens and cost of earlier runs count, hours are those of this run."""

    limits: Limits
    journal: Path
    """Every reply that was paid for is in here, those of unfinished parts too."""
    begun: float = field(default_factory=time.monotonic)

    def share(self, workers: int) -> Allowance:
        """Return what each of `workers` may still spend."""
        tokens, cost = journal_totals(self.journal, "spent_tokens", "cost")
        return Allowance(
            math.inf if self.limits.tokens is None else (self.limits.tokens - tokens) / workers,
            math.inf if self.limits.cost is None else (self.limits.cost - cost) / workers,
        )

    @property
    def out_of_time(self) -> bool:
        """Whether the hours are over."""
        return self.limits.hours is not None and time.monotonic() - self.begun >= self.limits.hours * 3600

    @property
    def ended(self) -> str | None:
        """Return the limit that is reached, in words; None while there is room."""
        share = self.share(1)
        if self.limits.tokens is not None and share.tokens <= 0:
            return f"limit of {self.limits.tokens:,} tokens"
        if self.limits.cost is not None and share.cost <= 0:
            return f"limit of {self.limits.cost:g} in cost"
        return f"limit of {self.limits.hours:g} hours" if self.out_of_time else None
