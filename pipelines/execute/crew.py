"""A crew: Ray actors that work off the parts of steps and keep their engines from one step to the next."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any

import ray
from ray.exceptions import RayActorError

from data.errors import EngineError, VaricotError
from pipelines.execute.engines import Engines
from pipelines.execute.live import LiveFiles
from pipelines.execute.worker import Assignment, Parts, Worker, reject_part
from pipelines.plan.resources import Devices, Resources
from pipelines.plan.step import Step
from pipelines.stop import StopFile

RESTARTS = 3
"""Actors that may die one after another with no part done between."""
KILLED = "worker_killed"
"""Why the rows of a part leave that was alone in an actor when that died."""


class PartActor:
    """Works off parts inside a Ray actor; calls come on threads of their own, the work is in one event loop."""

    def __init__(self, gpus: int) -> None:
        if not gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""  # else all of them would meet on the first device
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="parts", daemon=True).start()
        self._engines = Engines()
        self._worker: Worker | None = None
        self._stop: StopFile | None = None
        self._telling: Any = None

    def take(self, step: Step, assignment: Assignment, stop: StopFile, live: LiveFiles) -> str:
        """Get ready for the parts of a step."""
        self._stop = stop
        self._worker = Worker(step, assignment, self._engines)
        self._telling = asyncio.run_coroutine_threadsafe(live.tell(self._worker.meter), self._loop)
        try:
            self._do(self._worker.open())
        except VaricotError as error:
            return f"fault:{error}"
        return "ready"

    def attempt(self, part: int) -> str:
        """Work off a part, and tell what came of it."""
        stop = self._stop
        assert self._worker is not None and stop is not None
        try:
            return "done" if self._do(self._worker.attempt(part, lambda: stop.asked)) else "left"
        except VaricotError as error:
            stop.ask()
            return f"fault:{error}"

    def leave(self) -> None:
        """Be done with the step; its engines stay up."""
        self._telling.cancel()
        if self._worker is not None:
            self._worker.close()

    def close(self) -> None:
        """Let the engines go."""
        self._do(self._engines.close())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def devices() -> Devices:
    """Return what the running Ray has."""
    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray is typed in part
    return Devices(there.get("CPU", 0), there.get("GPU", 0), there.get("memory", 0))


class Crew:
    """So many actors, each with the same."""

    def __init__(self, resources: Resources, size: int, at_once: int) -> None:
        """`at_once` is how many parts are open in an actor."""
        self.resources, self.size, self.at_once = resources, size, at_once
        self.actors = [self._hired() for _ in range(size)]

    def _hired(self) -> Any:
        remote: Any = ray.remote(PartActor)
        it = self.resources
        return remote.options(
            num_cpus=it.cpus,
            num_gpus=it.gpus,
            memory=it.memory or None,
            max_restarts=0,
            max_concurrency=self.at_once + 1,
        ).remote(it.gpus)

    def work(self, step: Step, parts: Parts, stop: StopFile, live: LiveFiles) -> None:
        """Work off the parts of a step.

        Raises:
            EngineError: an engine could not be started or gave up, or actors die one after another.
        """
        _Shift(self, step, parts, stop, live).work()

    def replace(self, actor: Any) -> Any:
        """Put a new actor in the place of a dead one."""
        self.actors[self.actors.index(actor)] = new = self._hired()
        return new

    def close(self) -> None:
        """Let the engines go, and the actors."""
        _wait_for([actor.close.remote() for actor in self.actors], seconds=60)
        for actor in self.actors:
            ray.kill(actor)


class _Shift:
    """One step worked off by a crew.

    What was in flight in an actor that died is suspect, and tried one part at a time in an actor that does nothing
    else; a part that is alone when an actor dies again is rejected whole, the others are cleared.
    """

    def __init__(self, crew: Crew, step: Step, parts: Parts, stop: StopFile, live: LiveFiles) -> None:
        self._crew, self._step, self._parts, self._stop, self._live = crew, step, parts, stop, live
        self._waiting, self._suspects = deque(parts.missing), deque[int]()
        self._flying: dict[Any, tuple[Any, int | None]] = {}
        """By reference: the actor and the part; no part while it gets ready."""
        self._alone: Any = None
        """The actor that has a suspect to itself."""
        self._deaths = 0
        self._faults: list[str] = []

    def work(self) -> None:
        for actor in self._crew.actors:
            self._take(actor)
        while self._flying or ((self._waiting or self._suspects) and not self._over):
            self._send()
            for reference in self._ready():
                if reference in self._flying:
                    self._hear(reference)
        _wait_for([actor.leave.remote() for actor in self._crew.actors], seconds=10)
        if self._faults:
            raise EngineError(*dict.fromkeys(self._faults))

    def _ready(self) -> list[Any]:
        return ray.wait(list(self._flying), timeout=1.0)[0] if self._flying else []

    @property
    def _over(self) -> bool:
        return bool(self._faults) or self._stop.asked

    def _take(self, actor: Any) -> None:
        self._flying[actor.take.remote(self._step, self._parts.assignment, self._stop, self._live)] = actor, None

    def _send(self) -> None:
        """Give every actor what it has room for; nothing more once there is a fault or a wish to stop."""
        if self._over:
            return
        actors, flying = self._crew.actors, self._flying.values()
        in_flight = {actor: [part for who, part in flying if who is actor] for actor in actors}
        first = actors[0]
        if self._suspects and self._alone is None and not in_flight[first]:
            self._alone = first
            self._fly(first, self._suspects.popleft())
        for actor in actors:
            if actor is self._alone or (actor is first and self._suspects) or None in in_flight[actor]:
                continue
            for _ in range(self._crew.at_once - len(in_flight[actor])):
                if self._waiting:
                    self._fly(actor, self._waiting.popleft())

    def _fly(self, actor: Any, part: int) -> None:
        self._flying[actor.attempt.remote(part)] = actor, part

    def _hear(self, reference: Any) -> None:
        actor, part = self._flying[reference]
        try:
            state = ray.get(reference)
        except RayActorError as death:
            self._bury(actor, " ".join(str(death).split()))
            return
        del self._flying[reference]
        if actor is self._alone and part is not None:
            self._alone = None
        if state.startswith("fault:"):
            self._faults.append(state.removeprefix("fault:"))
        elif state == "done" and part is not None:
            self._deaths = 0
            self._parts.done(part)

    def _bury(self, actor: Any, cause: str) -> None:
        """Find out which part a dead actor's death is laid to, and put another in its place."""
        lost = [part for who, part in self._flying.values() if who is actor and part is not None]
        self._flying = {reference: it for reference, it in self._flying.items() if it[0] is not actor}
        if actor is self._alone:
            (part,) = lost
            reject_part(self._step, self._parts.assignment, part, KILLED, f"alone with it, the worker died: {cause}")
            self._parts.done(part)
            self._alone, self._deaths = None, 0
        else:
            self._suspects.extend(lost)
            self._deaths += 1
        if self._deaths > RESTARTS:
            self._faults.append(f"workers died {self._deaths} times with no part done between; the last: {cause}")
            return
        self._take(self._crew.replace(actor))


def _wait_for(references: list[Any], seconds: float) -> None:
    """Give all of these some time to be done, however they end."""
    ray.wait(references, num_returns=len(references), timeout=seconds)
