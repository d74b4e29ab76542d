"""Build a dataset as a Prefect flow: one task a step, retried when an engine fails, a report at the end.

The only file that knows Prefect. Its one parameter is the path of a run file: no secret and no setting passes through
Prefect, since all parameters are shown to whoever may look at the server.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from prefect import Task, flow, get_run_logger, runtime, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from data.dataset.manifest import read_manifest
from data.errors import EngineError
from data.store import only_runner, read_json
from flows.made import REPORT, Made
from flows.progress_view import lines_every
from flows.report_markdown import report_markdown
from flows.signals import signals_ask
from flows.telling import Telling
from flows.terminal import harmless
from pipelines.build import Order, finish, maker_of, read_order
from pipelines.make import Maker
from pipelines.plan import Step
from pipelines.publish import Published
from pipelines.stop import Stop

T = TypeVar("T")

RETRY_DELAYS = [10.0, 60.0, 300.0]
"""Seconds before a step is tried again; each try goes on where the last one was."""

LOG_SECONDS = 30.0
"""Time between lines about how a step stands."""


def _flow_run_name() -> str:
    return f"build {Path(str(runtime.flow_run.parameters['run_file'])).stem}"


@flow(name="build_dataset", flow_run_name=_flow_run_name)
def build_dataset(run_file: str) -> str:
    """Build the dataset of a run file, or go on with it, and return the folder of the version.

    Args:
        run_file: path of the run file, from the root of the project.
    """
    order = read_order(Path(run_file))
    logger = get_run_logger()

    def say(text: str) -> None:
        logger.info(harmless(text))

    log, stop = Made(order).log, Stop()
    telling = Telling(log, say)
    log.tell("started", run_file=run_file, steps=[step.folder for step in order.plan.steps])
    try:
        with _stopped_by_signals(stop, telling, order), lines_every(LOG_SECONDS, telling, say):
            published = _build(order, maker_of(order, stop, telling))
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent=telling.spent)
        raise
    log.tell("built", dataset=published.folder.name, spent=telling.spent)
    return str(published.folder)


def _build(order: Order, maker: Maker) -> Published:
    with only_runner(maker.folder), maker.held:
        for step in order.plan.steps:
            _task_of(step.name, _making(maker, step))()
        published = _task_of("publish", lambda: finish(maker, order))()
    _leave_report(order, maker, published)
    return published


def _making(maker: Maker, step: Step) -> Callable[[], None]:
    # A closure: what is given to a task as an argument would be searched and copied by Prefect.
    return lambda: maker.make(step)


def _task_of(name: str, work: Callable[[], T]) -> Task[[], T]:
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


def _leave_report(order: Order, maker: Maker, published: Published) -> None:
    report = read_json(maker.folder / REPORT)
    ended_early = read_manifest(published.folder).about.ended_early
    create_markdown_artifact(
        key=f"report-{order.run.name.replace('_', '-')}",
        markdown=report_markdown(order.run.name, str(published.folder), report, ended_early),
        description=f"What came of the run {order.run.name}",
    )


@contextmanager
def _stopped_by_signals(stop: Stop, telling: Telling, order: Order) -> Iterator[None]:
    """Let SIGTERM (which Prefect sends to cancel) drain the step at work; only a main thread takes signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with signals_ask(stop, lambda: telling.drains, order.run.grace_seconds):
        yield
