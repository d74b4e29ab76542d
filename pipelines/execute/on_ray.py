"""Run the parts of a step on Ray, which `pipelines.execute.ray_start` has started.

Ray Data streams part numbers to a pool of actors; each actor holds one engine and works off several parts at once in
an event loop of its own. Rows never travel through Ray: an actor reads its part from the store and writes it back,
the same way and with the same bytes as in one process.
"""

import asyncio
import logging
import os
import threading
from dataclasses import dataclass
from typing import Any

from data.errors import EngineError, VaricotError
from pipelines.execute.here import window
from pipelines.execute.live import LiveFiles, added_up
from pipelines.execute.stop import StopFile
from pipelines.execute.worker import Parts, Place, Worker
from pipelines.plan.step import Step
from stages.asking.dialogue import Dialogue


@dataclass(frozen=True)
class Pool:
    """How many actors work, and what each is given."""

    actors: int
    gpus: int
    parts_at_once: int
    """Parts open at once in one actor."""


def pool_for(step: Step, block: int, parts: int) -> Pool:
    """Return the pool a step needs: one actor per replica of its engine, else one per CPU."""
    dialogues = [stage for stage in step.stages if isinstance(stage, Dialogue)]
    if not dialogues:
        return Pool(max(1, min(os.cpu_count() or 1, parts)), max((it.gpus for it in step.stages), default=0), 2)
    engine = dialogues[0].engine
    return Pool(engine.replicas, engine.gpus, min(64, window(engine.concurrency, block)))


class PartActor:
    """Works off parts inside a Ray actor; calls come on threads of their own, the work is in one event loop."""

    def __init__(self, step: Step, place: Place, stop: StopFile, live: LiveFiles) -> None:
        self._worker = Worker(step, place)
        self._stop = stop
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="parts", daemon=True).start()
        self._opening = asyncio.run_coroutine_threadsafe(self._worker.open(), self._loop)
        self._telling = asyncio.run_coroutine_threadsafe(live.tell(self._worker.meter), self._loop)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        parts = [int(part) for part in batch["part"]]
        return {"part": parts, "state": [self._state(part) for part in parts]}

    def _state(self, part: int) -> str:
        try:
            self._opening.result()
            attempt = self._worker.attempt(part, lambda: self._stop.asked)
            return "done" if asyncio.run_coroutine_threadsafe(attempt, self._loop).result() else "left"
        except VaricotError as error:
            self._stop.ask()
            return f"fault:{error}"


def run_on_ray(step: Step, parts: Parts, pool: Pool, stop: StopFile) -> None:
    """Work off the parts on the running Ray.

    Raises:
        EngineError: an actor's engine could not be started or gave up.
    """
    import ray.data

    live = LiveFiles(stop.path.with_name("live"))
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # after its import, which sets it
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.actor_task_retry_on_errors = False
    numbers = ray.data.from_items([{"part": part} for part in parts.missing], override_num_blocks=len(parts.missing))
    states = numbers.map_batches(
        PartActor,
        fn_constructor_args=[step, parts.place, stop, live],
        batch_size=1,
        num_cpus=1,
        num_gpus=pool.gpus,
        compute=ray.data.ActorPoolStrategy(
            size=pool.actors,
            max_tasks_in_flight_per_actor=pool.parts_at_once,
            max_concurrent_calls_per_actor=pool.parts_at_once,
            enable_true_multi_threading=True,
        ),
    )
    faults = []
    with added_up(live, parts.live):
        for row in states.iter_rows():
            if row["state"] == "done":
                parts.done(int(row["part"]))
            elif row["state"].startswith("fault:"):
                faults.append(row["state"].removeprefix("fault:"))
    if faults:
        raise EngineError(*dict.fromkeys(faults))
