"""Train a model as a Prefect flow: one task, tried again when a worker was lost, and the model's card at the end."""

from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.prefect_tasks import named_after, stopped_by_signals, task_of
from flows.running.event_log import EventLog
from flows.running.telling import Telling
from flows.terminal import harmless
from pipelines.stop import Stop
from pipelines.tuning.plan import read_tune_order
from pipelines.tuning.tune import tune


@flow(name="tune_model", flow_run_name=named_after("tune"))
def tune_model(run_file: str) -> str:
    """Train the model of a run file, or go on with it, and return its folder.

    Args:
        run_file: path of the run file, from the root of the project.
    """
    order, stop = read_tune_order(Path(run_file)), Stop()
    run, logger = order.run.execution, get_run_logger()
    log = EventLog(run.folder)
    telling = Telling(log, lambda text: logger.info(harmless(text)))
    log.tell("started", run_file=run_file, steps=[order.step.folder])
    try:
        with stopped_by_signals(stop, lambda: telling.drains, run.grace_seconds):
            folder = task_of(order.step.name, lambda: tune(order, stop, telling).folder)()
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent=telling.spent)
        raise
    log.tell("built", trained=str(folder), spent=telling.spent)
    create_markdown_artifact(
        key=f"model-{run.name.replace('_', '-')}",
        markdown=(folder / "README.md").read_text("utf-8"),
        description=f"The model that {run.name} has trained",
    )
    return str(folder)
