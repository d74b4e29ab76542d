"""Whether the steps of a plan fit each other: every column that a stage reads is written before, every engine able."""

from collections.abc import Container, Iterable, Iterator, Sequence

import pyarrow as pa

from data.columns import TRACES
from pipelines.plan.step import Step
from stages.asking.dialogue import Dialogue
from stages.engines.engine import fixes
from stages.stage import Stage


def wiring(name: str, last: Step, columns: Sequence[pa.Field]) -> Iterator[str]:
    """Yield what is wrong with a step and those before it: each has the columns of the steps it needs and its own.

    Args:
        name: whose they are.
        last: the step whose rows become a dataset's.
        columns: those that the source gives.
    """
    there: dict[str, dict[str, pa.Field]] = {}
    for step in last.in_order():
        given = {f.name: f for f in columns} if step.source else {}
        for before in step.needs:
            given |= there[before.fingerprint]
        yield from _unread(name, step.stages, given.values())
        there[step.fingerprint] = given | {f.name: f for stage in step.stages for f in stage.writes}
    yield from _absent(name, there[last.fingerprint])


def _unread(name: str, stages: Sequence[Stage], columns: Iterable[pa.Field]) -> Iterator[str]:
    there = {f.name for f in columns}
    for number, stage in enumerate(stages, start=1):
        named = f"{name}: stage {number} ({type(stage).__name__})"
        if missing := [f.name for f in stage.reads if f.name not in there]:
            yield f"{named} reads {missing}; there is {sorted(there)}"
        if isinstance(stage, Dialogue) and (lacking := stage.needs - stage.engine.capabilities):
            there_is = f"there is {sorted(stage.engine.capabilities)}"
            yield f"{named} needs an engine that takes {sorted(lacking)}; {there_is}: {fixes(lacking)}"
        there |= {f.name for f in stage.writes}


def _absent(name: str, there: Container[str]) -> Iterator[str]:
    if absent := [f.name for f in TRACES if f.name not in there]:
        yield f"{name}: nothing writes {absent}, which every dataset row has"
