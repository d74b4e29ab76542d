"""Make the steps of a plan on Ray: on this machine, behind a token, or on a cluster.

Only part numbers pass through Ray. An actor reads its part from the store and writes it back, the same way and with
the same bytes as in one process. Nothing is sized by the machine that started the run, but by what Ray says it has.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import ConfigError
from pipelines.execute.execution import Cluster
from pipelines.execute.here import window
from pipelines.execute.live import LiveFiles, added_up
from pipelines.execute.ray_start import ray_running
from pipelines.execute.site import Site
from pipelines.execute.worker import Parts
from pipelines.plan.resources import Resources
from pipelines.plan.step import Step
from pipelines.stop import StopFile, relayed
from pipelines.train.alone import Watch
from sft.config import Training

if TYPE_CHECKING:
    from pipelines.execute.crew import Crew

PARTS_AT_ONCE = 64
"""Parts open at once in one actor, at most."""


class OnRay(Site):
    """The crews that work on Ray: one whose actors hold engines, and one for steps that ask nothing."""

    def __init__(self, cluster: Cluster, folder: Path, block: int, room: int) -> None:
        """Start nothing yet.

        Args:
            cluster: where Ray runs.
            folder: the folder of the run, which all machines see.
            block: how many problems are in a part.
            room: the most workers that any step of the plan has; a Ray that is started here has room for them.
        """
        self._cluster, self._block, self._room = cluster, block, room
        self._stop, self._live = StopFile(folder / "stop"), LiveFiles(folder / "live")
        self._folder = folder
        self._up, self._is_up = ExitStack(), False
        self._crews: dict[bool, Crew] = {}
        """By whether its actors hold engines."""

    def work(self, step: Step, parts: Parts) -> None:
        crew = self._crew(step.resources, len(parts.missing))
        try:
            with relayed(parts.stopping, self._stop), added_up(self._live, parts.live):
                crew.work(step, parts, self._stop, self._live)
        except Exception:
            self._let_go()  # an engine that failed must not answer whoever tries the step again
            raise

    def train(self, training: Training, output: Path, stopping: Callable[[], bool], watch: Watch) -> None:
        self._start()
        from pipelines.train.watched import train_watched  # as in `_crew`

        self._let_go()
        one_machine = self._cluster.address is None
        with relayed(stopping, self._stop):
            train_watched(training, output, self._folder / "ray", self._stop, watch, one_machine=one_machine)

    def close(self) -> None:
        self._let_go()
        self._up.close()
        self._is_up = False

    def _start(self) -> None:
        """Have Ray up."""
        if not self._is_up:
            self._up.enter_context(ray_running(self._cluster, self._room))
            self._is_up = True

    def _crew(self, resources: Resources, parts: int) -> "Crew":
        """Return actors for a step: those that are up, where they hold what it asks for."""
        self._start()
        from pipelines.execute.crew import Crew, devices  # what Ray reads when it is imported is set by now

        room = devices()
        resources = resources.on(room.gpus)
        asks, engines = bool(resources.engines), resources.engines
        held = sum(crew.size * crew.resources.cpus for of, crew in self._crews.items() if of != asks)
        size = resources.workers or max(1, min(parts, room.fit(resources, held)))
        there = self._crews.get(asks)
        if there is not None and there.resources == resources and there.size >= size:
            return there
        self._let_go(*([asks] if asks or not resources.gpus else [True, False]))
        if lacking := room.lacks(resources, size):
            raise ConfigError(
                f"a step takes {size} workers of {lacking}; lower `replicas`, `tensor_parallel_size` or "
                "`cpu_kv_cache_gib`, or join a larger one (`cluster.address`)"
            )
        at_once = min(PARTS_AT_ONCE, window(sum(it.concurrency for it in engines), self._block)) if engines else 2
        self._crews[asks] = Crew(resources, size, at_once)
        return self._crews[asks]

    def _let_go(self, *which: bool) -> None:
        for asks in which or (True, False):
            if crew := self._crews.pop(asks, None):
                crew.close()
