"""What a build tells while it runs; the command line and the flow show it in their own way."""

from collections.abc import Mapping
from typing import Any, Protocol

from pipelines.execute.counts import Counts
from pipelines.plan.step import Step
from stages.asking.meter import Meter


class Progress(Protocol):
    """Told of every step and every part."""

    def reused(self, step: Step, rows: int) -> None:
        """Say that a step was there already."""

    def began(self, step: Step, parts: int, left: int) -> None:
        """Say that a step has begun, `left` of its parts still to do."""

    def part(self, step: Step, counts: Counts) -> None:
        """Say that a part is finished, and what it holds."""

    def live(self, step: Step, meter: Meter) -> None:
        """Say what the parts that are open have cost so far."""

    def trained(self, step: Step, line: Mapping[str, Any]) -> None:
        """Say how the training of a step stands: a line of its metrics."""

    def finished(self, step: Step, counts: Counts, ended_early: str | None) -> None:
        """Say that a step is complete, or which limit ended it."""


class Quiet:
    """Says nothing."""

    def reused(self, step: Step, rows: int) -> None:
        """Say nothing."""

    def began(self, step: Step, parts: int, left: int) -> None:
        """Say nothing."""

    def part(self, step: Step, counts: Counts) -> None:
        """Say nothing."""

    def live(self, step: Step, meter: Meter) -> None:
        """Say nothing."""

    def trained(self, step: Step, line: Mapping[str, Any]) -> None:
        """Say nothing."""

    def finished(self, step: Step, counts: Counts, ended_early: str | None) -> None:
        """Say nothing."""
