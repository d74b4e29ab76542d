"""Keep the problems that a cap on their number leaves, chosen over all parts of a step at once."""

import json
from pathlib import Path
from typing import Annotated

import pyarrow as pa

from data.columns import DROPPED, PROBLEM_ID
from data.errors import InputError
from data.spec import PLACE, spec
from data.table import drop, values
from stages.stage import Stage


@spec
class KeepWithinCap(Stage):
    """Keep the rows of the problems that a file names; those of others leave as `over_cap`."""

    reads = (PROBLEM_ID,)
    writes = (DROPPED,)

    path: Annotated[str, PLACE]
    """JSON list of problem ids."""
    revision: str
    """What the file is made from."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        within = ids_in(self.path)
        return drop(rows, [None if problem in within else "over_cap" for problem in values(rows, PROBLEM_ID)])


def ids_in(path: str) -> set[str]:
    """Return the ids in a JSON list that the step before has made.

    Raises:
        InputError: there is no such file.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: there is no such file; the step before makes it")
    return set(json.loads(Path(path).read_text("utf-8")))
