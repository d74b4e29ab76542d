"""Measure: sample every model in every mode through the machinery of builds, then reckon; resumable at any moment."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from data.spec import identity, load
from data.store import only_runner, write_json
from pipelines.execute.executor import Executor, site_of
from pipelines.execute.progress import Progress
from pipelines.execute.site import Site
from pipelines.measure.compare import compare
from pipelines.measure.figures import figures, grouped
from pipelines.measure.outcomes import Outcome, read_outcomes
from pipelines.measure.overlap import refuse_unfit
from pipelines.measure.parameters import billion_parameters
from pipelines.measure.plan import Cell, MeasurePlan, plan_measurement
from pipelines.measure.run_file import Measurement
from pipelines.stop import Stop
from stages.answers.check import CHECKER_VERSION
from stages.tokens import load_tokenizer

MEASURED = "measure.json"


@dataclass(frozen=True)
class MeasureOrder:
    """A measurement that was read and planned."""

    asked: Measurement
    plan: MeasurePlan

    @property
    def folder(self) -> Path:
        """The folder of the run."""
        return self.asked.folder


def read_measure_order(path: Path) -> MeasureOrder:
    """Read and plan a measurement; nothing is asked of a model.

    Raises:
        ConfigError: with every fault.
        InputError: the problems cannot be found.
    """
    asked = load(Measurement, path)
    return MeasureOrder(asked, plan_measurement(asked))


def measure(order: MeasureOrder, stop: Stop, progress: Progress, site: Site | None = None) -> Path:
    """Sample what is not there yet, write the figures and return their file.

    Args:
        order: what to measure.
        stop: may wish it to stop.
        progress: is told how it stands.
        site: where steps are made, kept by who gives it; None for one of its own.

    Raises:
        BuildStopped: a stop was wished; the same call goes on where it was.
        VaricotError: something a person can mend.
    """
    asked, plan = order.asked, order.plan
    executor = Executor.of(asked, site or site_of(asked, plan.steps), stop, progress)
    with only_runner(executor.folder), nullcontext() if site else executor:
        executor.make(plan.read)
        refuse_unfit(executor.artifact(plan.read), plan.trained_on)
        for cell in plan.cells:
            executor.make(cell.step)
        write_json(order.folder / MEASURED, _rounded(_measured(order, executor)))
    return order.folder / MEASURED


def _measured(order: MeasureOrder, executor: Executor) -> dict[str, Any]:
    asked, cells = order.asked, order.plan.cells
    outcomes = [read_outcomes(executor.artifact(cell.step)) for cell in cells]
    bases = {cell.mode.name: found for cell, found in zip(cells, outcomes, strict=True) if _is_base(cell, asked)}
    pairs = [
        {"model": cell.model.name, "mode": cell.mode.name, **asdict(compare(bases[cell.mode.name], found, asked.seed))}
        for cell, found in zip(cells, outcomes, strict=True)
        if not _is_base(cell, asked)
    ]
    read = executor.artifact(order.plan.read).manifest or {}
    return {
        "format": 1,
        "name": asked.name,
        "problems": read["problems"],
        "rejected": read["rejected"],
        "tokenizer": load_tokenizer(asked.counter).identity,
        "checker": CHECKER_VERSION,
        "seed": asked.seed,
        "max_tokens": asked.max_tokens,
        "trained_on": [str(folder) for folder in order.plan.trained_on],
        "unchecked": list(order.plan.unchecked),
        "models": {cell.model.name: _model(cell, asked) for cell in cells},
        "results": [_result(cell, found, asked, executor) for cell, found in zip(cells, outcomes, strict=True)],
        "comparisons": pairs,
    }


def _is_base(cell: Cell, asked: Measurement) -> bool:
    return cell.model.name == asked.models[0].name


def _model(cell: Cell, asked: Measurement) -> dict[str, Any]:
    return {
        "role": "base" if _is_base(cell, asked) else cell.model.role,
        "model": cell.identity,
        "adapter": cell.model.adapter,
        "adapter_revision": cell.adapter.revision if cell.adapter else None,
        "prompt": identity(cell.model.prompt or asked.prompt),
        "wishes": [*asked.wishes, *cell.model.wishes],
        "condition": None if cell.model.condition is None else asdict(cell.model.condition),
        "control_value": cell.model.control_value,
        "billion_parameters": billion_parameters(cell.model, asked.engine_of(cell.model)),
    }


def _result(cell: Cell, found: list[Outcome], asked: Measurement, executor: Executor) -> dict[str, Any]:
    size = billion_parameters(cell.model, asked.engine_of(cell.model))
    graded = [outcome for outcome in found if outcome.difficulty is not None]
    groups = {
        "by_source": grouped(found, lambda outcome: outcome.source),
        "by_difficulty": grouped(graded, lambda outcome: outcome.difficulty or ""),
    }
    return {
        "model": cell.model.name,
        "mode": cell.mode.name,
        "samples": cell.mode.samples,
        "step": cell.step.fingerprint,
        "ended_early": (executor.artifact(cell.step).manifest or {})["ended_early"],
        "all": asdict(figures(found, size)),
        **{by: {name: asdict(figures(some, size)) for name, some in parts.items()} for by, parts in groups.items()},
    }


def _rounded(value: Any) -> Any:
    """Return JSON types with six significant digits, which is more than any of them can bear."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, Mapping):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
