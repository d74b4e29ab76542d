"""Build a dataset as a Prefect flow: one task a step, retried when an engine fails, a report at the end.

Its one parameter is the path of a run file: no secret and no setting passes through Prefect, since all parameters are
shown to whoever may look at the server.
"""

from collections.abc import Callable
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from data.dataset.manifest import read_manifest
from data.dataset.newest import REPORT
from data.store import only_runner, read_json
from flows.prefect_tasks import named_after, stopped_by_signals, task_of
from flows.running.run_store import RunStore
from flows.running.telling import Telling
from flows.terminal import harmless
from flows.views.progress_view import lines_every
from flows.views.report_markdown import report_markdown
from pipelines.build.build import Order, executor_of, finish, read_order
from pipelines.build.publish import Published
from pipelines.execute.executor import Executor
from pipelines.plan.step import Step
from pipelines.stop import Stop

LOG_SECONDS = 30.0
"""Time between lines about how a step stands."""


@flow(name="build_dataset", flow_run_name=named_after("build"))
def build_dataset(run_file: str) -> str:
    """Build the dataset of a run file, or go on with it, and return the folder of the version.

    Args:
        run_file: path of the run file, from the root of the project.
    """
    order = read_order(Path(run_file))
    logger = get_run_logger()

    def say(text: str) -> None:
        logger.info(harmless(text))

    log, stop = RunStore(order).log, Stop()
    telling, grace = Telling(log, say), order.run.grace_seconds
    log.tell("started", run_file=run_file, steps=[step.folder for step in order.plan.steps])
    try:
        with stopped_by_signals(stop, lambda: telling.drains, grace), lines_every(LOG_SECONDS, telling, say):
            published = _build(order, executor_of(order, stop, telling))
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent=telling.spent)
        raise
    log.tell("built", dataset=published.folder.name, spent=telling.spent)
    return str(published.folder)


def _build(order: Order, executor: Executor) -> Published:
    with only_runner(executor.folder), executor:
        for step in order.plan.steps:
            task_of(step.name, _step(executor, step))()
        published = task_of("publish", lambda: finish(executor, order))()
    _leave_report(order, executor, published)
    return published


def _step(executor: Executor, step: Step) -> Callable[[], None]:
    # A closure: what is given to a task as an argument would be searched and copied by Prefect.
    return lambda: executor.make(step)


def _leave_report(order: Order, executor: Executor, published: Published) -> None:
    report = read_json(executor.folder / REPORT)
    ended_early = read_manifest(published.folder).about.ended_early
    create_markdown_artifact(
        key=f"report-{order.run.name.replace('_', '-')}",
        markdown=report_markdown(order.run.name, str(published.folder), report, ended_early),
        description=f"What came of the run {order.run.name}",
    )
