"""Small runs on the `Fake` engine, for tests."""

import json
from pathlib import Path
from typing import Any

from pipelines.build.build import Order, build, read_order
from pipelines.build.publish import Published
from pipelines.execute.counts import Counts
from pipelines.execute.progress import Quiet
from pipelines.plan.step import Step
from pipelines.stop import Stop


def problems_file(folder: Path, count: int) -> Path:
    """Write problems whose answer is in the question, as JSON lines."""
    path = folder / "problems.jsonl"
    lines = (json.dumps({"question": f"What is {n}?", "answer": str(n), "level": n % 3}) for n in range(1, count + 1))
    path.write_text("\n".join(lines) + "\n")
    return path


def run_file(folder: Path, *, count: int = 12, **changes: Any) -> Path:
    """Write a run file over `count` problems, `changes` put over its fields."""
    tree = {
        "name": "small",
        "runs": str(folder / "runs"),
        "problems": {
            "kind": "file",
            "path": str(problems_file(folder, count)),
            "columns": {"question": "question", "gold": "answer", "difficulty": "level"},
        },
        "engine": {"kind": "fake", "wrong": 0.3, "truncated": 0.1},
        "methods": [{"kind": "shortest_correct", "zero_shot": 4}],
        "block": 5,
        **changes,
    }
    path = folder / "run.yaml"
    path.write_text(json.dumps(tree))
    return path


class Told(Quiet):
    """Remembers what a build told, and may wish it to stop after some parts."""

    def __init__(self, stop: Stop | None = None, after: int = 0) -> None:
        self.parts: list[tuple[str, Counts]] = []
        self.reused_steps: list[str] = []
        self._stop, self._after = stop, after

    def reused(self, step: Step, rows: int) -> None:
        self.reused_steps.append(step.name)

    def part(self, step: Step, counts: Counts) -> None:
        self.parts.append((step.name, counts))
        if self._stop is not None and len(self.parts) >= self._after:
            self._stop.ask("test")


def built(path: Path, told: Told | None = None, stop: Stop | None = None) -> Published:
    """Build a run file in this process, or wherever it says."""
    return build(ordered(path), stop or Stop(), told or Told())


def ordered(path: Path) -> Order:
    """Read and plan a run file."""
    return read_order(path)


def report(path: Path) -> dict[str, Any]:
    """Return the report of a built run."""
    run = ordered(path).run
    return dict(json.loads((Path(run.runs) / run.name / "report.json").read_text()))
