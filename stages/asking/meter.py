"""What the asks of a build have cost, and how many are under way."""

from dataclasses import dataclass

from stages.engines.engine import Answered, Reply


@dataclass
class Meter:
    """What the asks of one runner have cost so far."""

    calls: int = 0
    """Requests sent to the engine."""
    replayed: int = 0
    """Replies taken from the journal instead."""
    tokens: int = 0
    prompt_tokens: int = 0
    cost: float = 0.0
    waiting: int = 0
    """Requests that wait for their turn."""
    in_flight: int = 0
    whole: "Meter | None" = None
    """Counts what this one counts, and what its siblings do."""

    def found(self) -> None:
        """Count a reply that was in the journal."""
        self.replayed += 1
        if self.whole is not None:
            self.whole.found()

    def wanted(self) -> None:
        """Count a request that waits for its turn."""
        self.waiting += 1
        if self.whole is not None:
            self.whole.wanted()

    def asked(self) -> None:
        """Count a request that is sent."""
        self.waiting -= 1
        self.calls += 1
        self.in_flight += 1
        if self.whole is not None:
            self.whole.asked()

    def ended(self) -> None:
        """Count a request that is over, however."""
        self.in_flight -= 1
        if self.whole is not None:
            self.whole.ended()

    def spent(self, answered: Answered) -> None:
        """Count what a request has cost that was asked, whatever became of it."""
        self.tokens += answered.spent_tokens
        self.cost += answered.cost
        if isinstance(answered, Reply):
            self.prompt_tokens += answered.prompt_tokens
        if self.whole is not None:
            self.whole.spent(answered)
