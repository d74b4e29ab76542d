"""Write the figures of a measurement: every model in every mode, and each beside the base."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.spec import identity, spec
from data.store import Artifact, write_json
from pipelines.measure.compare import compare
from pipelines.measure.figures import figures, grouped
from pipelines.measure.outcomes import Outcome, read_outcomes
from pipelines.measure.overlap import refuse_unfit
from pipelines.measure.run_file import Measurement, Mode, Model
from pipelines.plan.step import Means, Writes
from stages.answers.check import CHECKER_VERSION
from stages.asking.prompts import Adapter
from stages.engines.local.local import Local
from stages.tokens import load_tokenizer

MEASURED = "measure.json"


@spec
class Unseen(Writes):
    """Refuse problems that cannot be measured on, before any is asked; needs the step that reads them."""

    training: tuple[str, ...]
    """Dataset versions that no problem may be in."""

    def write(self, folder: Path, means: Means) -> None:
        (read,) = means.needs
        refuse_unfit(Artifact(read), map(Path, self.training))


@spec
class Cell:
    """A model in a mode."""

    model: Model
    mode: Mode
    identity: str
    """Name and revision of the model."""
    adapter: Adapter | None
    billion_parameters: float | None


@spec
class Reckons(Writes):
    """Reckon from checked replies; needs the step that reads the problems, then that of each cell."""

    asked: Measurement
    cells: tuple[Cell, ...]
    trained_on: tuple[str, ...]
    unchecked: tuple[str, ...]

    def uses(self) -> Mapping[str, str]:
        return {"checker": CHECKER_VERSION, "tokenizer": load_tokenizer(self.asked.counter).identity}

    def write(self, folder: Path, means: Means) -> None:
        read, *made = map(Artifact, means.needs)
        write_json(folder / MEASURED, _rounded(_measured(self, read, made)))


def _measured(wanted: Reckons, read: Artifact, made: Sequence[Artifact]) -> dict[str, Any]:
    asked = wanted.asked
    outcomes = [(cell, read_outcomes(artifact)) for cell, artifact in zip(wanted.cells, made, strict=True)]
    bases = {cell.mode.name: some for cell, some in outcomes if _is_base(cell, asked)}
    pairs = [
        {"model": cell.model.name, "mode": cell.mode.name, **asdict(compare(bases[cell.mode.name], some, asked.seed))}
        for cell, some in outcomes
        if not _is_base(cell, asked)
    ]
    problems = read.manifest or {}
    return {
        "format": 1,
        "name": asked.name,
        "problems": problems["problems"],
        "rejected": problems["rejected"],
        "tokenizer": load_tokenizer(asked.counter).identity,
        "checker": CHECKER_VERSION,
        "seed": asked.seed,
        "max_tokens": asked.max_tokens,
        "trained_on": list(wanted.trained_on),
        "unchecked": list(wanted.unchecked),
        "models": {cell.model.name: _model(cell, asked) for cell in wanted.cells},
        "results": [
            _result(cell, some, artifact.manifest or {}) for (cell, some), artifact in zip(outcomes, made, strict=True)
        ],
        "comparisons": pairs,
    }


def _is_base(cell: Cell, asked: Measurement) -> bool:
    return cell.model.name == asked.models[0].name


def _model(cell: Cell, asked: Measurement) -> dict[str, Any]:
    engine = asked.engine_of(cell.model)
    whole = engine.model if isinstance(engine, Local) and Path(engine.model).is_dir() else None
    return {
        "role": "base" if _is_base(cell, asked) else cell.model.role,
        "model": cell.identity,
        "adapter": cell.model.adapter,
        "folder": cell.model.adapter or whole,
        "adapter_revision": cell.adapter.revision if cell.adapter else None,
        "prompt": identity(cell.model.prompt or asked.prompt),
        "wishes": [*asked.wishes, *cell.model.wishes],
        "condition": None if cell.model.condition is None else asdict(cell.model.condition),
        "control_value": cell.model.control_value,
        "billion_parameters": cell.billion_parameters,
    }


def _result(cell: Cell, found: list[Outcome], manifest: Mapping[str, Any]) -> dict[str, Any]:
    size = cell.billion_parameters
    graded = [outcome for outcome in found if outcome.difficulty is not None]
    groups = {
        "by_source": grouped(found, lambda outcome: outcome.source),
        "by_difficulty": grouped(graded, lambda outcome: outcome.difficulty or ""),
    }
    return {
        "model": cell.model.name,
        "mode": cell.mode.name,
        "samples": cell.mode.samples,
        "step": manifest["fingerprint"],
        "ended_early": manifest["ended_early"],
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
