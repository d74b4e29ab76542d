"""Leave out problems that are nearly the same as one that stays."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import pyarrow as pa

from data.columns import DETAIL, DROPPED, PROBLEM_ID
from data.errors import InputError
from data.spec import PLACE, spec
from data.table import drop, values
from stages.stage import Stage

FOUND = "near_duplicates.json"
"""A JSON object: the id of each near-duplicate, and of the problem it is like."""
NEAR_DUPLICATE = "near_duplicate"


@spec
class DropNearDuplicates(Stage):
    """Let the problems go that a file names, as `near_duplicate`, with the problem that each is like."""

    reads = (PROBLEM_ID,)
    writes = (DROPPED, DETAIL)

    folder: Annotated[str, PLACE]
    """Where the file lies."""
    revision: str
    """What it is made from."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        like = [_found(self.folder, self.revision).get(problem) for problem in values(rows, PROBLEM_ID)]
        reasons = [None if other is None else NEAR_DUPLICATE for other in like]
        return drop(rows, reasons, [None if other is None else f"like problem {other}" for other in like])


@lru_cache(maxsize=4)
def _found(folder: str, revision: str) -> Mapping[str, str]:
    path = Path(folder) / FOUND
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; the step before makes it")
    found: Mapping[str, str] = json.loads(path.read_text("utf-8"))
    return found
