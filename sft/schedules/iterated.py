"""Iterations that each train the base anew, on all full chains and shorter ones (LearnSkip, Liu et al. 2024).

Kept: every iteration starts from the base and not from the model before, on what it adds to all full chains (the
paper's `new`) or on that alone (its `onlyskip`); each ends in a model of its own, and the last one is published.
Lost: no model writes the chains of the next iteration here, the dataset holds them all. The paper's `cont`, as many
full chains as new ones, is not there.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import COT_TOKENS, PROBLEM_ID, TRACE_ID
from data.spec import spec
from data.table import Row
from sft.rows.lazy import Picked
from sft.schedules.stage import Planned, Tools, TrainingStage


@spec
class Iterated:
    """Stages that each start from the base: full chains first, then with ever shorter ones."""

    kind: Literal["iterated"] = "iterated"
    iterations: Annotated[int, Field(ge=2)] = 3
    """The first has each problem's longest chain, its full one; the others are spread over the later ones by rank,
    the shortest in the last."""
    full_chains: bool = True
    """Whether the later iterations have the full chains too."""

    @property
    def reads(self) -> Sequence[pa.Field]:
        """The length of a chain."""
        return (COT_TOKENS,)

    def plan(self, rows: Sequence[Row], tools: Tools) -> Planned:
        """Return the iterations; one that has no rows to add is a fault."""
        if unmeasured := sum(row[COT_TOKENS.name] is None for row in rows):
            return Planned([], faults=[f"schedule: {unmeasured:,} rows have no cot_tokens to order them by"])
        met = _iterations(rows, self.iterations)
        stages = [
            TrainingStage(
                f"iteration {at + 1} of {self.iterations}",
                Picked(rows, [row for row, own in enumerate(met) if own == at or (self.full_chains and own == 0)]),
                from_base=True,
            )
            for at in range(self.iterations)
        ]
        empty = [stage.name for at, stage in enumerate(stages) if at not in met]
        faults = [f"schedule: {name!r} has no rows of its own; ask for fewer iterations" for name in empty]
        return Planned(stages, faults=faults)


def _iterations(rows: Sequence[Row], count: int) -> list[int]:
    """Return for each row its iteration: 0 for a problem's longest chain, the last for its shortest."""
    problems: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for at, row in enumerate(rows):
        problems[row[PROBLEM_ID.name]].append((-row[COT_TOKENS.name], row[TRACE_ID.name], at))
    found = [0] * len(rows)
    for chains in problems.values():
        ranked = sorted(chains)
        for rank, (*_, at) in enumerate(ranked):
            found[at] = -(-rank * (count - 1) // max(1, len(ranked) - 1))
    return found
