"""What the workers of a step take, and how many of them a cluster has room for."""

from dataclasses import dataclass, replace

from stages.engines.every import AnyEngine


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

    def fit(self, resources: Resources, cpus_held: float) -> int:
        """Return how many workers with these resources there is room for, beside what others hold."""
        by_cpu = int((self.cpus - cpus_held) // resources.cpus)
        return min(by_cpu, int(self.gpus // resources.gpus)) if resources.gpus else by_cpu
