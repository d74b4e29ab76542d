"""What every Prefect flow of ours needs: names a person can read, retries that make sense, and a way to stop."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from prefect import Task, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from data.errors import EngineError
from flows.running.signals import signals_ask
from pipelines.stop import Stop

T = TypeVar("T")

RETRY_DELAYS = [10.0, 60.0, 300.0]
"""Seconds before a step is tried again; each try goes on where the last one was."""


def named_after(verb: str) -> Callable[[], str]:
    """Return what names a flow run: what it does, and the run file it does it to."""
    return lambda: f"{verb} {Path(str(runtime.flow_run.parameters['run_file'])).stem}"


def task_of(name: str, work: Callable[[], T]) -> Task[[], T]:
    """Return work as a task, tried again when its engine failed."""
    as_task = task(
        name=name,
        task_run_name=name,
        retries=len(RETRY_DELAYS),
        retry_delay_seconds=RETRY_DELAYS,
        retry_condition_fn=engine_failed,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return as_task(work)


def engine_failed(_task: Task[..., object], _run: TaskRun, state: State) -> bool:
    """Tell whether a step failed because of its engine, so that trying again may help."""
    try:
        state.result()
    except Exception as error:
        return is_engine_error(error)
    return False


def is_engine_error(error: BaseException) -> bool:
    """Tell whether an engine and nothing else failed, in whatever groups."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_engine_error(inner) for inner in error.exceptions)
    return isinstance(error, EngineError)


@contextmanager
def stopped_by_signals(stop: Stop, drains: Callable[[], bool], grace_seconds: float) -> Iterator[None]:
    """Let SIGTERM (which Prefect sends to cancel) end the work in good order; only a main thread takes signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with signals_ask(stop, drains, grace_seconds):
        yield
