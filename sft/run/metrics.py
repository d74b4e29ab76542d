"""What a run measures, a JSON object a line, as it goes."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

Watch = Callable[[Mapping[str, Any]], None]
"""Is told each line as it is written."""


class MetricLines(TrainerCallback):
    """Appends to a file what the trainer logs; a resumed run first takes away what it will do again."""

    def __init__(self, path: Path, stage: str, done: int, watch: Watch | None) -> None:
        self._path = path
        self._stage = stage
        self._watch = watch
        lines = path.read_text("utf-8").splitlines(keepends=True) if path.is_file() else []
        path.write_text("".join(line for line in lines if _step(line) <= done), "utf-8")

    def on_log(self, args: Any, state: Any, control: Any, **there: Any) -> None:
        """Write a line."""
        numbers = {
            key: value for key, value in there["logs"].items() if not isinstance(value, float) or math.isfinite(value)
        }
        line = {"stage": self._stage, "step": state.global_step, "steps": state.max_steps, **numbers}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self._watch is not None:
            self._watch(line)


def last_of(path: Path, key: str) -> float | None:
    """Return the last value of a measure that is in the file."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    found = [value[key] for value in map(json.loads, lines) if key in value]
    return found[-1] if found else None


def _step(line: str) -> float:
    """Return the step of a line; a torn one is after all others."""
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return math.inf
