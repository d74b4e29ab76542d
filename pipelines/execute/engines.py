"""The engines that run in one process: each distinct one once, kept for as long as the steps ask for it."""

from collections.abc import Sequence

from stages.engines.engine import Running
from stages.engines.every import AnyEngine


class Engines:
    """What runs here; an engine that one step has started answers the next that asks the very same settings."""

    def __init__(self) -> None:
        self._up: list[tuple[AnyEngine, Running]] = []

    async def have(self, wanted: Sequence[AnyEngine]) -> None:
        """Have these up; first those that are not among them are let go, so that their memory is free.

        Raises:
            EngineError: one does not start.
        """
        if not wanted:
            return
        await self._let_go(wanted)
        for engine in wanted:
            if not self._is_up(engine):
                self._up.append((engine, await engine.start()))

    def of(self, engine: AnyEngine) -> Running:
        """Return what runs of an engine that `have` was asked for."""
        return next(running for settings, running in self._up if settings == engine)

    async def close(self) -> None:
        """Let all of them go."""
        await self._let_go(())

    def _is_up(self, engine: AnyEngine) -> bool:
        return any(settings == engine for settings, _ in self._up)

    async def _let_go(self, but: Sequence[AnyEngine]) -> None:
        going = [it for it in self._up if it[0] not in but]
        self._up = [it for it in self._up if it[0] in but]
        for _, running in going:
            await running.close()
