"""Train a model as a Prefect flow: one task, tried again when a worker was lost, and the model's card at the end."""

from pathlib import Path

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact

from flows.prefect_tasks import named_after, stopped_by_signals, task_of
from flows.running.event_log import EventLog
from flows.running.run_tuning import GRACE_SECONDS
from flows.running.step_lines import StepLines
from pipelines.stop import Stop
from pipelines.tuning.run_file import Tuning, read_tuning
from pipelines.tuning.tune import tune


@flow(name="tune_model", flow_run_name=named_after("tune"))
def tune_model(run_file: str) -> str:
    """Train the model of a run file, or go on with it, and return its folder.

    Args:
        run_file: path of the run file, from the root of the project.
    """
    tuning = read_tuning(Path(run_file))
    log, stop = EventLog(tuning.folder), Stop()
    log.tell("started", run_file=run_file, steps=["training"])
    try:
        with stopped_by_signals(stop, lambda: True, GRACE_SECONDS):
            folder = task_of("training", lambda: _trained(tuning, stop))()
    except BaseException as error:
        log.tell("failed", error=f"{type(error).__name__}: {error}", spent={})
        raise
    log.tell("built", trained=str(folder), spent={})
    create_markdown_artifact(
        key=f"model-{tuning.name.replace('_', '-')}",
        markdown=(folder / "README.md").read_text("utf-8"),
        description=f"The model that {tuning.name} has trained",
    )
    return str(folder)


def _trained(tuning: Tuning, stop: Stop) -> Path:
    logger = get_run_logger()
    return tune(tuning, stop, StepLines(logger.info)).folder
