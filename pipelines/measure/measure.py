"""Measure: sample every model in every mode through the machinery of builds, then reckon; resumable at any moment."""

from dataclasses import dataclass
from pathlib import Path

from data.spec import load
from pipelines.execute.executor import make_file
from pipelines.execute.progress import Progress
from pipelines.measure.plan import MeasurePlan, plan_measurement
from pipelines.measure.reckons import MEASURED
from pipelines.measure.run_file import Measurement
from pipelines.stop import Stop


@dataclass(frozen=True)
class MeasureOrder:
    """A measurement that was read and planned."""

    run: Measurement
    plan: MeasurePlan


def read_measure_order(path: Path) -> MeasureOrder:
    """Read and plan a measurement; nothing is asked of a model.

    Raises:
        ConfigError: with every fault.
        InputError: the problems cannot be found.
    """
    asked = load(Measurement, path)
    return MeasureOrder(asked, plan_measurement(asked))


def measure(order: MeasureOrder, stop: Stop, progress: Progress) -> Path:
    """Sample what is not there yet, write the figures and return their file.

    Raises:
        BuildStopped: a stop was wished; the same call goes on where it was.
        VaricotError: something a person can mend.
    """
    return make_file(order.run, order.plan.steps, MEASURED, stop, progress)
