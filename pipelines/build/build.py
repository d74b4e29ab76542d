"""Build a dataset from a run: every step once, then the dataset; resumable at any moment."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.dataset.newest import REPORT
from data.errors import EmptyDataset
from data.spec import load
from data.store import only_runner, write_json
from pipelines.build.cautions import cautions, seen
from pipelines.build.plan import Plan, plan
from pipelines.build.publish import Published, publish
from pipelines.build.report import as_json, usage
from pipelines.build.run_file import Run
from pipelines.execute.counts import Counts, count_parts
from pipelines.execute.executor import Executor
from pipelines.execute.progress import Progress
from pipelines.stop import Stop


@dataclass(frozen=True)
class Order:
    """A run file that was read and planned."""

    run: Run
    plan: Plan
    text: str
    """The run file as it was written."""


def read_order(path: Path) -> Order:
    """Read and plan a run file; nothing is asked of a model.

    Raises:
        ConfigError: with every fault.
        InputError: the source cannot be found.
    """
    run = load(Run, path)
    return Order(run, plan(run), path.read_text("utf-8"))


def executor_of(order: Order, stop: Stop, progress: Progress) -> Executor:
    """Return what makes the steps of this order; use it as a context."""
    return Executor.of(order.run, order.plan.steps, stop, progress)


def build(order: Order, stop: Stop, progress: Progress) -> Published:
    """Make every step that is not there yet, then the dataset.

    Raises:
        BuildStopped: a stop was wished; the same call goes on where it was.
        VaricotError: something a person can mend.
    """
    executor = executor_of(order, stop, progress)
    with only_runner(executor.folder), executor:
        for step in order.plan.steps:
            executor.make(step)
        return finish(executor, order)


def finish(executor: Executor, order: Order) -> Published:
    """Write the dataset and the report of complete steps.

    Raises:
        EmptyDataset: there is no row in it; what was rejected, and why, is written all the same.
    """
    published = publish(executor, order.run, order.plan, order.text)
    counts = {
        step.folder: count_parts(executor.artifact(step), executor.artifact(step).listed()) for step in order.plan.steps
    }
    report = {
        "dataset": published.folder.name,
        "steps": {name: count.as_json() for name, count in counts.items()},
        "usage": usage(counts.values()),
        "cautions": [*cautions(order.run), *seen(published.reports)],
        "methods": {kind: as_json(found) for kind, found in published.reports.items()},
    }
    write_json(executor.folder / REPORT, report)
    if not any(found.rows for found in published.reports.values()):
        raise EmptyDataset(_nothing(executor, order, published, counts))
    return published


def _nothing(executor: Executor, order: Order, published: Published, counts: Mapping[str, Counts]) -> str:
    rejected = sum((count.rejected for count in counts.values()), Counter[str]())
    verdicts = sum((count.verdicts for count in counts.values()), Counter[str]())
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in rejected.most_common(8)) or "none"
    judged = ", ".join(f"{number:,} {verdict}" for verdict, number in verdicts.most_common())
    early = next(
        (text for step in order.plan.steps if (text := (executor.artifact(step).manifest or {}).get("ended_early"))),
        None,
    )
    return (
        f"{order.run.name}: the dataset has no rows. Rejected: {reasons}"
        + (f"; verdicts: {judged}" if judged else "")
        + (f"; the build was ended early by the {early}" if early else "")
        + f". Every rejected row says why in `dropped` and `detail`: {published.folder / 'rejected'}"
    )
