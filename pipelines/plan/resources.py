"""What the workers of a step take, and how many of them a cluster has room for."""

import math
from dataclasses import dataclass, replace

from stages.engines.every import AnyEngine

GIB = 1 << 30


@dataclass(frozen=True)
class Resources:
    """What one worker of a step takes."""

    engines: tuple[AnyEngine, ...] = ()
    """Every distinct engine that its stages ask; a worker has them all up."""
    gpus: int = 0
    """Those of its engines together, and of its greediest other stage."""
    likes_a_gpu: bool = False
    """Whether one of its stages takes a GPU where there is one to be had."""
    cpus: int = 1
    memory: int = 0
    """Bytes of main memory that are known before: those of its engines."""

    def on(self, gpus: float) -> "Resources":
        """Return what it takes of a cluster with so many GPUs."""
        return replace(self, gpus=max(self.gpus, int(self.likes_a_gpu and gpus >= 1)), likes_a_gpu=False)

    @property
    def workers(self) -> int | None:
        """Return how many workers the step has; None where as many as there is room for."""
        return max((engine.replicas for engine in self.engines), default=None)


@dataclass(frozen=True)
class Devices:
    """What the cluster has, all machines together."""

    cpus: float
    gpus: float
    memory: float = math.inf
    """In bytes."""

    def fit(self, resources: Resources, cpus_held: float) -> int:
        """Return how many workers with these resources there is room for, beside what others hold."""
        free = (self.cpus - cpus_held, resources.cpus), (self.gpus, resources.gpus), (self.memory, resources.memory)
        return int(min(there // each for there, each in free if each))

    def lacks(self, resources: Resources, workers: int) -> str | None:
        """Say what there is too little of for so many workers, if anything."""
        if workers * resources.gpus > self.gpus:
            return f"{resources.gpus} GPUs each; the cluster has {self.gpus:g}"
        if workers * resources.memory > self.memory:
            return f"{resources.memory / GIB:.1f} GiB of memory each; the cluster has {self.memory / GIB:.1f} GiB"
        return None
