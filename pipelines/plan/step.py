"""A step of a plan: something that is made once, known by all that decides it, with what it takes to make it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from data.inputs.every import Problems, Traces
from data.spec import digest, identity
from pipelines.plan.resources import Resources
from sft.config import Training
from stages.asking.dialogue import Dialogue
from stages.engines.every import AnyEngine
from stages.stage import Stage


class Trainer(Protocol):
    """Trains a model somewhere; see `pipelines.execute.site`."""

    def __call__(self, training: Training, output: Path) -> None:
        """Train into `output`, or go on where that was left.

        Raises:
            TrainingStopped: a stop was wished; the same call goes on.
            VaricotError: something a person can mend.
        """


@dataclass(frozen=True)
class Means:
    """What is handed to a step that writes files."""

    needs: Sequence[Path]
    """The artifacts of the steps it needs."""
    block: int
    """Problems of a part, where it writes parts."""
    train: Trainer
    stopping: Callable[[], bool]


class Writes(ABC):
    """What a step does that writes files, and not rows through stages: a spec, whose JSON bears identity."""

    @property
    def workers(self) -> int:
        """Return how many workers train at once; 0 where none does."""
        return 0

    def uses(self) -> Mapping[str, str]:
        """Return what it uses beyond its fields, by role, with revision."""
        return {}

    @abstractmethod
    def write(self, folder: Path, means: Means) -> None:
        """Write what belongs into `folder`; go on where it was left.

        Raises:
            TrainingStopped: a stop was wished; the same call goes on.
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
    files: Writes | None = None
    """Writes files in place of rows."""
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
                "making": identity(self.files) if self.files else None,
                "after": [step.fingerprint for step in self.after],
                "also": dict(self.also),
            }
        )

    @property
    def folder(self) -> str:
        """The name of the step's artifact."""
        return f"{self.name}-{self.fingerprint[:12]}"

    @property
    def dialogues(self) -> tuple[Dialogue, ...]:
        """Return its stages that ask models."""
        return tuple(stage for stage in self.stages if isinstance(stage, Dialogue))

    @property
    def resources(self) -> Resources:
        """Return what one of its workers takes."""
        engines: list[AnyEngine] = []
        for stage in self.dialogues:
            engines += [] if stage.engine in engines else [stage.engine]
        others = max((stage.gpus for stage in self.stages if not isinstance(stage, Dialogue)), default=0)
        likes = any(stage.likes_a_gpu for stage in self.stages)
        memory = sum(engine.memory for engine in engines)
        return Resources(tuple(engines), sum(engine.gpus for engine in engines) + others, likes, memory=memory)

    def in_order(self) -> Iterator["Step"]:
        """Yield the steps it needs and itself, each once, after those it needs."""
        return in_order([self])


def in_order(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield these steps and all they need, each once, after those it needs."""
    done: set[str] = set()

    def walk(step: Step) -> Iterator[Step]:
        if step.fingerprint in done:
            return
        done.add(step.fingerprint)
        for before in (*step.needs, *step.after):
            yield from walk(before)
        yield step

    for step in steps:
        yield from walk(step)


def used_by(stages: Sequence[Stage]) -> dict[str, str]:
    """Return what stages use beyond their fields; a role that several fill is numbered."""
    found: dict[str, str] = {}
    for number, stage in enumerate(stages):
        found |= {role if role not in found else f"{role}.{number}": name for role, name in stage.uses().items()}
    return found


def files_step(name: str, files: Writes, *needs: Step) -> Step:
    """Return the step that makes files of what others have made."""
    return Step(name, needs=needs, files=files, also=files.uses())


def rows_step(name: str, stages: Sequence[Stage], *needs: Step, after: tuple[Step, ...] = ()) -> Step:
    """Return the step that makes rows of those of others."""
    return Step(name, tuple(stages), needs, also=used_by(stages), after=after)
