"""LearnSkip on the pocket world, iteration by iteration: what was accepted, and a standard model trained on it.

    python -m benchmarks.learn_skip                  # everything, resumable
    python -m benchmarks.learn_skip --iterations 2 --problems 60 --held-out 60

Of each iteration it prints how many of the asked chains were right and how many accepted; of a standard model trained
on all rows so far, accuracy and the mean steps of right replies, on held-out problems as hard as the training ones and
on longer ones, beside the base. The tables go to docs/methods/learn_skip.md.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import pyarrow as pa
import yaml

from benchmarks.methods import flows
from data.columns import COT, PROMPT_ID, VERDICT
from data.store import Artifact, read_json
from data.table import values
from pipelines.build.build import read_order
from stages.skipping.full_chains import FULL
from stages.skipping.steps import step_lines

RUN = "learn_skip"
BASE = "data/pocket"
TASKS = ["addition", "algebra", "directions"]
USUAL: Mapping[str, Any] = {"task": TASKS}
LONGER: Mapping[str, Any] = {"task": ["addition", "algebra"], "difficulties": [5, 6]}
LONGER_TURNS: Mapping[str, Any] = {"task": "directions", "difficulties": [7, 8]}
"""Beyond what the pocket model was taught: 2 to 4 columns or terms, 3 to 6 turns."""
ENGINE = {"kind": "local", "model": BASE, "max_model_len": 2048, "max_loras": 1, "concurrency": 64}
LEARNED = {"adapter": {"kind": "lora", "rank": 16, "alpha": 32}, "learning_rate": 1e-3, "epochs": 2, "threads": 1}


@dataclass(frozen=True)
class Scale:
    """Where the runs are kept, and how large they are."""

    runs: Path
    iterations: int
    problems: int
    held_out: int
    warm_start: str

    def written(self, name: str, tree: Mapping[str, Any]) -> Path:
        """Write a run file."""
        self.runs.mkdir(parents=True, exist_ok=True)
        path = self.runs / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"runs": str(self.runs), **tree}, sort_keys=False))
        return path

    def build_file(self, iterations: int) -> Path:
        """Write the run file of the first iterations; all of them share one run and its steps."""
        learned = {key: LEARNED[key] for key in ("learning_rate", "epochs", "threads")}
        method = {"kind": "learn_skip", "iterations": iterations, "warm_start": self.warm_start, "accumulate": True}
        method |= learned
        return self.written(
            f"iterations-{iterations}",
            {
                "name": RUN,
                "problems": {"kind": "task", **USUAL, "count": self.problems},
                "engine": {**ENGINE, "max_model_len": 1024},
                "methods": [{**method, "sampling": {"max_tokens": 512, "temperature": 0.0}}],
                "where": "here",
            },
        )

    def tune_file(self, iterations: int) -> Path:
        """Write the run file of the standard model."""
        rows = {"path": str(self.runs / RUN), "config": RUN}
        training = {"base": {"model": BASE}, "dataset": rows, **LEARNED}
        return self.written(f"tune-{iterations}", {"name": f"standard-{iterations}", "training": training})

    def measure_file(self, kind: str, problems: Mapping[str, Any]) -> Path:
        """Write the run file that measures every standard model on the same problems."""
        models = [
            {"name": f"after-{at}", "adapter": str(self.runs / f"standard-{at}" / "training" / "model")}
            for at in range(1, self.iterations + 1)
        ]
        return self.written(
            f"measure-{kind}",
            {
                "name": f"measured-{kind}",
                "problems": {"kind": "task", **problems, "count": self.held_out, "split": "held_out", "seed": 11},
                "engine": ENGINE,
                "models": [{"name": "base"}, *models],
                "max_tokens": 1024,
                "training": [str(self.runs / RUN)],
                "where": "here",
            },
        )


KINDS = {"usual": USUAL, "longer": LONGER, "longer-turns": LONGER_TURNS}


def main() -> None:
    """Make what is not there yet and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=5)
    parser.add_argument("--problems", type=int, default=900)
    parser.add_argument("--held-out", type=int, default=450)
    parser.add_argument("--warm-start", choices=["none", "manual", "random"], default="manual")
    parser.add_argument("--runs", type=Path, default=Path("runs/learn_skip_iterations"))
    options = parser.parse_args()
    scale = Scale(options.runs, options.iterations, options.problems, options.held_out, options.warm_start)
    for iterations in range(1, scale.iterations + 1):
        flows("build", scale.build_file(iterations))
        flows("tune", scale.tune_file(iterations))
    for kind, problems in KINDS.items():
        flows("measure", scale.measure_file(kind, problems))
    print("\n".join((*accepted(scale), "", *measured(scale))))


def accepted(scale: Scale) -> Iterator[str]:
    """Yield a table of what the model of each iteration was asked and what of it became rows."""
    plan = read_order(scale.build_file(scale.iterations)).plan
    folder = scale.runs / RUN / "artifacts"
    kept = [name for table in Artifact(folder / plan.branches[0].rows.folder).tables() for name in _prompts(table)]
    yield "| iteration | asked | right | mean steps, of the right ones | accepted and new |"
    yield "|---|---:|---:|---:|---:|"
    for step in plan.steps:
        name, _, at = step.name.rpartition("-")
        if name == "asked":
            asked, right, steps = _right(Artifact(folder / step.folder))
            new = sum(prompt.startswith(f"iteration-{at}-") for prompt in kept)
            yield f"| {int(at) + 1} | {asked:,} | {right / max(1, asked):.1%} | {steps:.2f} | {new:,} |"


def measured(scale: Scale) -> Iterator[str]:
    """Yield a table of the standard models: accuracy and mean steps of right replies on each kind of problems."""
    cells: dict[str, list[str]] = {}
    for kind in KINDS:
        folder = scale.runs / f"measured-{kind}"
        for result in read_json(folder / "measure.json")["results"]:
            replies = Artifact(folder / "artifacts" / f"{result['model']}-greedy-{result['step'][:12]}")
            accuracy, steps = result["all"]["accuracy"], _right(replies)[2]
            cells.setdefault(result["model"], []).extend((f"{accuracy:.1%}", f"{steps:.2f}"))
    yield f"| model | {' | '.join(f'{kind}: right | steps' for kind in KINDS)} |"
    yield f"|---|{'---:|' * 2 * len(KINDS)}"
    for model, told in cells.items():
        yield f"| {model} | {' | '.join(told)} |"


def _prompts(table: pa.Table) -> list[str]:
    return [name for name in values(table, PROMPT_ID) if name != FULL]


def _right(artifact: Artifact) -> tuple[int, int, float]:
    """Return how many replies there are, how many are right, and the mean steps of these."""
    pairs = [pair for table in artifact.tables() for pair in zip(*_columns(table), strict=True)]
    steps = [len(step_lines(cot)) for verdict, cot in pairs if verdict == "correct"]
    return len(pairs), len(steps), fmean(steps or [0])


def _columns(table: pa.Table) -> tuple[list[str], list[str]]:
    return values(table, VERDICT), values(table, COT)


if __name__ == "__main__":
    main()
