"""Starting vLLM's processes, and ending them without a trace."""

import asyncio
import contextlib
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import resource_tracker
from typing import Any

from data.errors import EngineError
from stages.engines.local.background import in_background
from stages.engines.local.engine_log import EngineLog
from stages.engines.local.guard import Guard
from stages.engines.local.surroundings import surroundings

QUIET = {
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CONFIGURE_LOGGING": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
    "PYTHONWARNINGS": "ignore",
    "SPT_NOENV": "1",
}
"""What vLLM's processes start with: they tell nobody, keep quiet, and let `Guard` see their mark (vLLM writes a
process's title over its environment unless SPT_NOENV is set)."""

GRACE_SECONDS = 5.0
"""What a process gets to end by itself."""


@dataclass
class Launched:
    """A running `AsyncLLM` with what watches over its processes."""

    engine: Any
    guard: Guard
    log: EngineLog

    async def close(self) -> None:
        """End the processes, by force those that do not end by themselves."""
        core = self.engine.engine_core.resources
        await asyncio.to_thread(self.engine.shutdown, GRACE_SECONDS)
        await asyncio.to_thread(self.guard.release)
        for process in core.engine_manager.processes:
            await asyncio.to_thread(process.join, GRACE_SECONDS)
        self.log.remove()
        with contextlib.suppress(TimeoutError):
            # Waits for sockets that may still be open; nothing hangs on the outcome but a warning.
            await asyncio.wait_for(in_background(core.ctx.term), GRACE_SECONDS)
        # vLLM's objects hold each other; left to the end of the interpreter, their clean-up fails with a traceback.
        self.engine = None
        gc.collect()


async def launch(model: str, start: Callable[[], Any], variables: Mapping[str, str]) -> Launched:
    """Run `start`, which gives an `AsyncLLM`, with `variables` in the environment of its processes.

    Raises:
        EngineError: vLLM is not there, or could not start the model; tells vLLM's own reason.
    """
    if find_spec("vllm") is None:
        raise EngineError(f"model {model!r}: vLLM is not installed here; install the extra `cpu`, or `gpu`")
    with surroundings(QUIET):
        # Shared by all of this process, it must not be born with the mark of one engine: it would be killed with it.
        resource_tracker.ensure_running()
    guard, log = Guard(), EngineLog()

    def run() -> Any:
        with surroundings({**QUIET, **variables, **guard.variables, **log.variables}):
            return start()

    try:
        return Launched(await in_background(run), guard, log)
    except BaseException as error:
        guard.release()
        cause = log.cause() or f"{type(error).__name__}: {error}"
        log.remove()
        if isinstance(error, Exception):
            raise EngineError(f"model {model!r}: vLLM could not start it: {cause}") from error
        raise
