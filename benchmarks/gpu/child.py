"""The process that runs checks of a group: a JSON line when each begins, and one with what came of it.

A check is given as `name=module:function`; only its function imports what it needs.
"""

import importlib
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import cast

from benchmarks.gpu.outcome import CheckFailed, Figures, NotPossible, Outcome
from benchmarks.gpu.place import Device, Place

OURS = ("data", "stages", "sft", "pipelines", "flows", "benchmarks", "tests")
SHOWN = 500
"""Characters of an error that are told."""


def main() -> None:
    """Run the checks that are named, and tell them on the pipe that is named."""
    pipe, folder, device, model, *checks = sys.argv[1:]
    place = Place(Path(folder), cast(Device, device), Path(model))
    with os.fdopen(int(pipe), "w", buffering=1) as answer:
        for name, _, function in (check.partition("=") for check in checks):
            answer.write(json.dumps({"begins": name}) + "\n")
            answer.write(json.dumps(asdict(outcome(name, function, place))) + "\n")


def outcome(name: str, function: str, place: Place) -> Outcome:
    """Return what comes of a check; an error of any kind is one."""
    began = time.monotonic()
    lacking, wrong = "", ""
    figures: Figures = {}
    try:
        module, _, attribute = function.partition(":")
        figures = getattr(importlib.import_module(module), attribute)(place)
    except NotPossible as error:
        lacking = str(error)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        lacking, wrong = ("", _said(error)) if package in OURS else (f"{package} is not installed", "")
    except CheckFailed as error:
        wrong = str(error)
    except Exception as error:
        wrong = _said(error)
    seconds = time.monotonic() - began
    if lacking:
        return Outcome(name, "not possible here", lacking, seconds=seconds)
    return Outcome(name, "failed" if wrong else "passed", wrong, figures, seconds)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:SHOWN]


if __name__ == "__main__":
    main()
