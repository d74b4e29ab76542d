"""Engines that stay up from test to test: vLLM takes half a minute to start, and most tests ask it for seconds.

Builds, measurements and judgings of this process run on one event loop, and a local engine that one of them has started
answers the next one that names the very same settings. What is kept is the engine alone: the journal, the plan and the
rows are each test's own.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from pipelines.execute.engines import Engines
from pipelines.execute.here import Here, work_here
from pipelines.execute.worker import Parts, Worker
from pipelines.plan.step import Step
from stages.engines.engine import Running
from stages.engines.every import AnyEngine
from stages.engines.local.local import Local
from tests.stages.engines.vllm_server import IN_ONE_PROCESS, POCKET

T = TypeVar("T")

POCKET_ENGINE: Mapping[str, Any] = {
    "kind": "local",
    "model": str(POCKET),
    "max_model_len": 1024,
    "max_loras": 1,
    "concurrency": 32,
    "cpu_kv_cache_gib": 0.25,
    "vllm": {"distributed_executor_backend": IN_ONE_PROCESS},
}
"""The settings that tests on the pocket model share; others start an engine of their own."""

FILTERS = (
    # vLLM's own: it imports what torch is about to rename, and leaves a socket context of its start to the collector
    "ignore::FutureWarning",
    "ignore::DeprecationWarning",
    "ignore:Unclosed context:ResourceWarning",
)


class WarmEngines(Engines):
    """Local engines that stay up from test to test; others are let go as always."""

    def __init__(self) -> None:
        super().__init__()
        self._warm: list[tuple[AnyEngine, Running]] = []

    async def have(self, wanted: Sequence[AnyEngine]) -> None:
        for engine in wanted:
            if isinstance(engine, Local) and not self._warm_of(engine):
                self._warm.append((engine, await engine.start()))
        await super().have([engine for engine in wanted if not isinstance(engine, Local)])

    def of(self, engine: AnyEngine) -> Running:
        return next(iter(self._warm_of(engine)), None) or super().of(engine)

    async def end(self) -> None:
        """Let the local ones go too."""
        await self.close()
        for _, running in self._warm:
            await running.close()

    def _warm_of(self, engine: AnyEngine) -> list[Running]:
        return [running for settings, running in self._warm if settings == engine]


class WarmHere(Here):
    """The event loop of all builds in this process, and the local engines that they have started."""

    def __init__(self) -> None:
        super().__init__(block=32)
        self.engines: WarmEngines = WarmEngines()

    def work(self, step: Step, parts: Parts) -> None:
        """Work off the parts of a step; a build that fails leaves the loop and the engines to the others."""
        self._runner.run(work_here(Worker(step, parts.assignment, self.engines), parts, self._block))

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let builds in the block run here."""

        def here(block: int) -> WarmHere:
            self._block = block
            return self

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("pipelines.execute.executor.Here", here)
            yield

    def ask(self, engine: Local, work: Callable[[Running], Coroutine[Any, Any, T]]) -> T:
        """Return what some work with a running engine comes to."""

        async def asked() -> T:
            await self.engines.have([engine])
            return await work(self.engines.of(engine))

        return self._runner.run(asked())

    def close(self) -> None:
        """Leave the engines up when a build is done."""
        self._trainer.close()

    def end(self) -> None:
        """Stop the engines and end the loop."""
        self._runner.run(self.engines.end())
        self._runner.close()
