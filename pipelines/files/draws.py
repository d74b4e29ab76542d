"""Draw as many full chains as there are shorter ones, over all parts of a step at once."""

from pathlib import Path

from data.columns import FROM_TRACE_ID, TRACE_ID
from data.spec import digest, spec
from data.store import Artifact, write_json
from data.table import values
from pipelines.plan.step import Means, Writes

DRAWN = "drawn.json"


@spec
class Draws(Writes):
    """Write the trace ids of full chains drawn by hash, as many as there are shorter ones; all where these are more."""

    seed: int = 0

    def write(self, folder: Path, means: Means) -> None:
        full: list[str] = []
        shorter = 0
        for table in (table for need in means.needs for table in Artifact(need).tables()):
            before = values(table, FROM_TRACE_ID)
            full += [trace for trace, made_from in zip(values(table, TRACE_ID), before, strict=True) if not made_from]
            shorter += sum(made_from is not None for made_from in before)
        ranked = sorted(full, key=lambda trace: digest([self.seed, trace]))
        write_json(folder / DRAWN, sorted(ranked[:shorter]))
