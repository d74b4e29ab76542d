"""A limit on tokens, cost or hours, and what is left of it."""

import time
from dataclasses import dataclass, field

from pipelines.counts import Counts
from pipelines.run_file import Limits


@dataclass
class Budget:
    """What a build may still spend; tokens and cost of earlier runs count, hours are those of this run."""

    limits: Limits
    tokens: float = 0
    cost: float = 0
    begun: float = field(default_factory=time.monotonic)

    def add(self, counts: Counts) -> None:
        """Count what a part has cost."""
        self.tokens += counts.usage["tokens"]
        self.cost += counts.usage["cost"]

    @property
    def ended(self) -> str | None:
        """Return the limit that is reached, in words; None while there is room."""
        limits = self.limits
        if limits.tokens is not None and self.tokens >= limits.tokens:
            return f"limit of {limits.tokens:,} tokens"
        if limits.cost is not None and self.cost >= limits.cost:
            return f"limit of {limits.cost:g} in cost"
        if limits.hours is not None and time.monotonic() - self.begun >= limits.hours * 3600:
            return f"limit of {limits.hours:g} hours"
        return None
