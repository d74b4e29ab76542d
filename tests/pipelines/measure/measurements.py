"""Small measurements on the `Fake` engine, for tests."""

import json
from pathlib import Path
from typing import Any

from pipelines.measure.measure import MeasureOrder, measure, read_measure_order
from pipelines.measure.outcomes import Outcome
from pipelines.stop import Stop
from tests.pipelines.runs import Told, problems_file

FAKE = {"kind": "fake", "wrong": 0.3, "truncated": 0.1}
SHORT = {"kind": "fake", "wrong": 0.3, "steps": 3}


def measure_file(folder: Path, *, count: int = 12, **changes: Any) -> Path:
    """Write a measurement of two models on `count` problems, `changes` put over its fields."""
    folder.mkdir(exist_ok=True)
    tree = {
        "name": "sums",
        "runs": str(folder / "runs"),
        "problems": {
            "kind": "file",
            "path": str(problems_file(folder, count)),
            "columns": {"question": "question", "gold": "answer", "difficulty": "level"},
        },
        "engine": FAKE,
        "models": [{"name": "base"}, {"name": "short", "engine": SHORT}],
        "modes": [{}, {"temperature": 0.7, "samples": 4}],
        "block": 5,
        **changes,
    }
    path = folder / "measure.yaml"
    path.write_text(json.dumps(tree))
    return path


def ordered(folder: Path, **changes: Any) -> MeasureOrder:
    """Plan a measurement."""
    return read_measure_order(measure_file(folder, **changes))


def measured(order: MeasureOrder, told: Told | None = None, stop: Stop | None = None) -> dict[str, Any]:
    """Measure, and return what `measure.json` holds."""
    return dict(json.loads(measure(order, stop or Stop(), told or Told()).read_text()))


def outcome(problem: str = "p", verdict: str = "correct", tokens: int | None = 10, **changes: Any) -> Outcome:
    """Return one reply."""
    plain = {
        "source": "s",
        "difficulty": None,
        "sample": 0,
        "reply_tokens": None if tokens is None else tokens + 5,
        "truncated": False,
    }
    return Outcome(problem=problem, verdict=verdict, cot_tokens=tokens, **(plain | changes))
