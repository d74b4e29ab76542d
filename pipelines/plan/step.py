"""A step of a run: something that is made once, known by all that decides it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from data.inputs.every import Problems, Traces
from data.spec import digest, identity
from stages.stage import Stage


class Making(Protocol):
    """What a step does that makes files and not rows: a spec, whose JSON bears identity."""

    def uses(self) -> Mapping[str, str]:
        """Return what it uses beyond its fields, by role, with revision."""

    def make(self, folder: Path, needs: Sequence[Path], stopping: Callable[[], bool]) -> None:
        """Make what belongs into `folder`, from the artifacts of the steps it needs; go on where it was left.

        Raises:
            TrainingStopped: `stopping` said so; the same call goes on.
            VaricotError: something a person can mend.
        """


@dataclass(frozen=True)
class Step:
    """Something to be made once: rows from a source, rows from earlier steps through stages, or files from these."""

    name: str
    stages: tuple[Stage, ...] = ()
    needs: tuple["Step", ...] = ()
    """The steps whose rows it works on: those of a part of all of them together."""
    source: Problems | Traces | None = None
    """What the first step reads; the others read the steps they need."""
    also: Mapping[str, str] = field(default_factory=dict)
    """What bears identity besides the stages: content digests, model revisions."""
    making: Making | None = None
    """Makes files in place of rows."""
    after: tuple["Step", ...] = ()
    """Steps whose files its stages use."""

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of all that decides what is made: stages, source, model, and the steps before."""
        return digest(
            {
                "name": self.name,
                "stages": identity(self.stages),
                "needs": [step.fingerprint for step in self.needs],
                "source": identity(self.source) if self.source else None,
                "making": identity(self.making) if self.making else None,
                "after": [step.fingerprint for step in self.after],
                "also": dict(self.also),
            }
        )

    @property
    def folder(self) -> str:
        """The name of the step's artifact."""
        return f"{self.name}-{self.fingerprint[:12]}"

    def in_order(self) -> Iterator["Step"]:
        """Yield the steps it needs and itself, each after those it needs; one may come several times."""
        for step in (*self.needs, *self.after):
            yield from step.in_order()
        yield self


def used_by(stages: Sequence[Stage]) -> dict[str, str]:
    """Return what stages use beyond their fields; a role that several fill is numbered."""
    found: dict[str, str] = {}
    for number, stage in enumerate(stages):
        found |= {role if role not in found else f"{role}.{number}": name for role, name in stage.uses().items()}
    return found
