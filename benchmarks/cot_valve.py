"""CoT-Valve on the pocket world: accuracy and mean tokens over alpha, for each form of the update.

    python -m benchmarks.cot_valve                       # all forms, resumable; plot: docs/methods/cot_valve.png
    python -m benchmarks.cot_valve --forms update --held-out 200

The updates are those of the rows `cot_valve` and `cot_valve_mixture` of the results table, and are shared with them.
For `difference` a second model is made: the pocket model trained whole on the short chains of `cot_valve`.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.methods import flows
from benchmarks.result_rows import BASE, TASKS, Plan, read_rows
from data.spec import digest
from data.store import read_json
from pipelines.build.build import read_order
from sft.adapters.difference import difference
from sft.adapters.mixed import Part, mix
from sft.config import Base
from sft.models.trained import RECORD

PLOT = Path("docs/methods/cot_valve.png")
WHOLE = {"adapter": {"kind": "full"}, "learning_rate": 1e-3, "epochs": 2, "threads": 1}
RANK = 64
ALPHAS: Mapping[str, Sequence[float]] = {
    "update": (-0.5, -0.25, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5),
    "mixture": (0.0, 0.25, 0.5, 0.75, 1.0),
    "difference": (-0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5),
}


@dataclass(frozen=True)
class Point:
    """A model at an alpha."""

    alpha: float
    accuracy: float
    interval: tuple[float, float]
    tokens: float


def main() -> None:
    """Make what is not there yet, print the tables and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--forms", nargs="*", default=list(ALPHAS), choices=list(ALPHAS))
    parser.add_argument("--held-out", type=int, default=1000)
    parser.add_argument("--runs", type=Path, default=Path("runs/results"))
    options = parser.parse_args()
    plan = Plan(options.runs, 0, None)
    curves = {form: measured(plan, form, adapters(plan, form), options.held_out) for form in options.forms}
    for form, points in curves.items():
        print("\n".join(table(form, points)))
    draw(curves, PLOT)


def adapters(plan: Plan, form: str) -> dict[float, Path]:
    """Return the adapter of each alpha, made where it is not there."""
    parts = {"update": _update, "mixture": _mixture, "difference": _difference}[form](plan)
    made_from = digest([read_json(part / RECORD)["weights"] for part in parts])[:12]
    found = {alpha: plan.runs / "cot_valve_alphas" / made_from / f"{form}_{alpha:g}" for alpha in ALPHAS[form]}
    for alpha, folder in found.items():
        if not folder.is_dir():
            weights = (alpha, 1 - alpha) if len(parts) == 2 else (alpha,)
            mix([Part(part, times) for part, times in zip(parts, weights, strict=True)], folder)
    return found


def _update(plan: Plan) -> list[Path]:
    return [_made(plan, "cot_valve", "direction") / "training" / "model"]


def _mixture(plan: Plan) -> list[Path]:
    return [_made(plan, "cot_valve_mixture", name) / "training" / "model" for name in ("none", "long")]


def _difference(plan: Plan) -> list[Path]:
    (rows,) = (_made(plan, "cot_valve", "direction") / "dataset").glob("[0-9a-f]*")
    training = {"base": {"model": BASE}, "dataset": {"path": str(rows), "config": "rows", "held_out": None}, **WHOLE}
    tree = {"name": "cot_valve_whole", "runs": str(plan.runs), "training": training}
    flows("tune", plan.written("cot_valve_whole.tune.yaml", tree))
    other = plan.runs / "cot_valve_whole" / "training" / "model"
    folder = plan.runs / "cot_valve_differences" / f"{digest(read_json(other / RECORD)['weights'])[:12]}-{RANK}"
    if not folder.is_dir():
        difference(Base(model=BASE), Base(model=str(other)), folder, rank=RANK)
    print(read_json(folder / "training.json")["difference"])
    return [folder]


def _made(plan: Plan, row: str, step: str) -> Path:
    """Return what a step of a row's build has left; the build is made or gone on with."""
    path = plan.build_file(row, read_rows([row])[row])
    flows("build", path)
    (made,) = (it for it in read_order(path).plan.steps if it.name == step)
    return plan.runs / plan.name(row) / "artifacts" / made.folder


def measured(plan: Plan, form: str, adapters: Mapping[float, Path], held_out: int) -> list[Point]:
    """Measure every alpha on the same held-out problems."""
    flows("measure", measure_file(plan, form, adapters, held_out))
    found = read_json(plan.runs / _name(form, held_out) / "measure.json")["results"]
    return [_point(alpha, one["all"]) for alpha, one in zip(adapters, found, strict=True)]


def measure_file(plan: Plan, form: str, adapters: Mapping[float, Path], held_out: int) -> Path:
    """Write the run file that measures a form; its models are named by their place."""
    tree = {
        "name": _name(form, held_out),
        "runs": str(plan.runs),
        "problems": {"kind": "task", "task": TASKS, "count": held_out, "split": "held_out", "seed": 11},
        "engine": {
            "kind": "local",
            "model": BASE,
            "max_model_len": 1024,
            "max_loras": 1,
            "max_lora_rank": RANK if form == "difference" else 16,
            "concurrency": 64,
        },
        "models": [{"name": f"alpha-{at}", "adapter": str(folder)} for at, folder in enumerate(adapters.values())],
        "max_tokens": 512,
        "where": "here",
    }
    return plan.written(f"{_name(form, held_out)}.yaml", tree)


def _name(form: str, held_out: int) -> str:
    return f"cot_valve_{form}_{held_out}"


def _point(alpha: float, told: Mapping[str, Any]) -> Point:
    low, high = told["accuracy_interval"]
    return Point(alpha, told["accuracy"], (low, high), told["cot_tokens"]["mean"])


def table(form: str, points: Sequence[Point]) -> Iterator[str]:
    """Yield the table of a form."""
    yield f"\n{form}:\n\n| alpha | accuracy, % | CoT tokens |\n|---:|---:|---:|"
    for it in points:
        low, high = it.interval
        yield f"| {it.alpha:g} | {it.accuracy:.1%} ({low:.1%} to {high:.1%}) | {it.tokens:.1f} |"


def draw(curves: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Draw accuracy and tokens over alpha, a line a form."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    for form, points in curves.items():
        alphas = [it.alpha for it in points]
        above.plot(alphas, [100 * it.accuracy for it in points], marker="o", label=form)
        below.plot(alphas, [it.tokens for it in points], marker="o", label=form)
    above.set_ylabel("accuracy, %")
    below.set_ylabel("mean CoT tokens")
    below.set_xlabel("alpha")
    above.legend()
    for axes in (above, below):
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    main()
