"""From long to short or back, a stage at a time (CoT-Valve+P, Ma et al. 2025; the survey's progressive family).

Kept: each stage holds one solution a problem, stages go one way, each ends in a checkpoint the next goes on from.
Lost: the paper's solutions come from weights between two models; here any lengths of a problem's chains will do.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import CONTROL_KIND, CONTROL_VALUE, COT_TOKENS, PROBLEM_ID, TRACE_ID
from data.conditions import plain_number
from data.spec import spec
from data.table import Row
from sft.rows.lazy import Picked
from sft.schedules.stage import Planned, Tools, TrainingStage


@spec
class Progressive:
    """Stages by length, as a rule the longest first."""

    kind: Literal["progressive"] = "progressive"
    by: Literal["rank", "control_value"] = "rank"
    """`rank`: a problem's longest chain in the first stage, its shortest in the last. `control_value`: a stage for
    each value of the control, by the mean length of its rows; of a problem's chains at one value the first by id."""
    stages: Annotated[int, Field(ge=2)] = 3
    """How many stages `rank` makes; `control_value` makes as many as there are values."""
    towards: Literal["short", "long"] = "short"
    """`long` takes the same stages the other way round, from the no-thinking end towards the long-thinking one."""

    @property
    def reads(self) -> Sequence[pa.Field]:
        """The length of a chain, and what was asked of it."""
        return (COT_TOKENS, CONTROL_KIND, CONTROL_VALUE)

    def plan(self, rows: Sequence[Row], tools: Tools) -> Planned:
        """Return the stages; if their mean lengths do not fall, a fault."""
        unmeasured = sum(row[COT_TOKENS.name] is None for row in rows)
        if unmeasured:
            return Planned([], faults=[f"schedule: {unmeasured:,} rows have no cot_tokens to order them by"])
        staged = _by_rank(rows, self.stages) if self.by == "rank" else _by_value(rows)
        left = len(rows) - sum(len(stage.rows) for stage in staged)
        faults = _faults(staged)
        ordered = staged if self.towards == "short" else staged[::-1]
        return Planned(ordered, {"between_stages": left} if left else {}, faults)


def _by_rank(rows: Sequence[Row], count: int) -> list[TrainingStage]:
    """Spread each problem's chains over the stages, at most one a stage; a lone one is its shortest."""
    problems: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for at, row in enumerate(rows):
        problems[row[PROBLEM_ID.name]].append((-row[COT_TOKENS.name], row[TRACE_ID.name], at))
    staged: list[list[int]] = [[] for _ in range(count)]
    for problem in sorted(problems):
        chains = sorted(problems[problem])
        for stage, chain in _spread(len(chains), count):
            staged[stage].append(chains[chain][-1])
    return [TrainingStage(f"rank {at + 1} of {count}", Picked(rows, found)) for at, found in enumerate(staged)]


def _spread(chains: int, stages: int) -> list[tuple[int, int]]:
    """Return pairs of stage and chain, both rising, the first and the last of each met."""
    if chains == 1:
        return [(stages - 1, 0)]
    met = min(chains, stages)
    return [(round(at * (stages - 1) / (met - 1)), round(at * (chains - 1) / (met - 1))) for at in range(met)]


def _by_value(rows: Sequence[Row]) -> list[TrainingStage]:
    """Return a stage for each value, with one chain a problem: that of the lowest id."""
    chosen: dict[tuple[str, float], dict[str, tuple[str, int]]] = defaultdict(dict)
    for at, row in enumerate(rows):
        if row[CONTROL_VALUE.name] is not None:
            chains = chosen[row[CONTROL_KIND.name], row[CONTROL_VALUE.name]]
            this = str(row[TRACE_ID.name]), at
            chains[row[PROBLEM_ID.name]] = min(chains.get(row[PROBLEM_ID.name], this), this)
    groups = {key: Picked(rows, [at for _, at in chains.values()]) for key, chains in chosen.items()}
    means = {key: _mean(group) for key, group in groups.items()}
    order = sorted(groups, key=lambda key: (-means[key], key))
    return [TrainingStage(f"{kind} {plain_number(value)}", groups[kind, value]) for kind, value in order]


def _mean(rows: Sequence[Row]) -> float:
    return float(sum(row[COT_TOKENS.name] for row in rows) / len(rows))


def _faults(stages: Sequence[TrainingStage]) -> list[str]:
    empty = [f"schedule: stage {stage.name!r} has no rows; ask for fewer stages" for stage in stages if not stage.rows]
    if len(stages) < 2:
        empty.append("schedule: fewer than two stages; there is one control value or none")
    if empty:
        return empty
    means = [_mean(stage.rows) for stage in stages]
    told = ", ".join(f"{stage.name}: {mean:.1f}" for stage, mean in zip(stages, means, strict=True))
    falls = all(later < earlier for earlier, later in pairwise(means))
    kinds = Counter(row[CONTROL_KIND.name] for stage in stages for row in stage.rows)
    return [] if falls else [f"schedule: mean cot_tokens do not fall from stage to stage ({told}); rows: {dict(kinds)}"]
