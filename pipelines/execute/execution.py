"""What every run file says of where and how fast its plan is made, and where it is kept."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from data.spec import PLACE, Name, Positive, spec
from stages.engines.every import AnyEngine
from stages.engines.local.local import Local


@spec
class Limits:
    """Ends a build early, with a valid dataset of what is done. Null is no limit."""

    tokens: Positive | None = None
    """Generated tokens, all methods together, earlier runs of this build included."""
    cost: Annotated[float, Field(gt=0)] | None = None
    """In the currency of the engine's prices, earlier runs included."""
    hours: Annotated[float, Field(gt=0)] | None = None
    """Wall-clock time of one run."""


@spec
class Cluster:
    """Where Ray runs: one machine on loopback, or a cluster by its address."""

    address: str | None = None
    """`host:port` of a running cluster whose machines share this folder; null starts Ray here."""
    cpus: Positive | None = None
    """Logical CPUs of the Ray started here; null for all."""


@spec
class Kept:
    """A run that has a folder: its name, and where it is kept."""

    name: Name
    """Names the folder under `runs`."""
    cluster: Annotated[Cluster, PLACE] = Cluster()
    runs: Annotated[str, PLACE] = "runs"
    """The folder all runs are kept in."""

    @property
    def folder(self) -> Path:
        """Return the folder of the run."""
        return Path(self.runs).resolve() / self.name


@spec
class Execution(Kept):
    """A run whose plan asks models: where its steps are made, how fast, and what ends them early."""

    where: Annotated[Literal["here", "ray"] | None, PLACE] = None
    """`here` runs in this process, `ray` on actors; null takes `ray` where there is a local engine."""
    block: Annotated[Positive, PLACE] = 32
    """Problems worked on together and written as one part."""
    order: Annotated[Literal["longest_first", "as_they_come"], PLACE] = "longest_first"
    """Which problems are asked first; long ones last would leave stragglers."""
    limits: Annotated[Limits, PLACE] = Limits()
    grace_seconds: Annotated[float, Field(ge=0), PLACE] = 20.0
    """How long replies in flight may go on after a stop."""

    @property
    def every_engine(self) -> tuple[AnyEngine, ...]:
        """Return the engines that it describes as the run's, the one asked by whoever names none first."""
        return ()

    @property
    def place(self) -> Literal["here", "ray"]:
        """Return where the stages run."""
        return self.where or ("ray" if any(isinstance(engine, Local) for engine in self.every_engine) else "here")
