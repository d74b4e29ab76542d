"""A dialogue: a stage whose rows talk to a model.

Its one coroutine is written for one row; the model call is handed in. Rows are independent coroutines, many in
flight at once, so that a long row never holds up the others.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pyarrow as pa

from data.columns import DETAIL, DROPPED
from data.table import Row, from_rows
from stages.asking.ask import Ask, together
from stages.asking.left import left
from stages.engines.engine import Capability, RequestFailed
from stages.engines.every import AnyEngine
from stages.stage import Stage

Talk = Callable[["Dialogue", Row], Awaitable[Sequence[Row]]]
"""How the runner lets one row talk; it decides what is in flight at once."""


class Dialogue(Stage):
    """A stage whose rows talk to `engine`. Subclasses declare it as a field and give `talk`."""

    engine: AnyEngine

    @property
    def needs(self) -> frozenset[Capability]:
        """Return what the engine must be able to do; checked when the build is planned."""
        return frozenset()

    @property
    def gpus(self) -> int:
        return self.engine.gpus

    def uses(self) -> Mapping[str, str]:
        return {"model": self.engine.step_identity()}

    @abstractmethod
    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        """Return the rows that come of one row, `dropped` set on those that leave."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Talk for every row on an engine of its own, without a journal: for a notebook or a test."""
        return asyncio.run(self._alone(rows))

    async def _alone(self, rows: pa.Table) -> pa.Table:
        running = await self.engine.start()
        try:
            slots = asyncio.Semaphore(self.engine.concurrency)
            ask = Ask(running, limit=lambda: slots)
            return await converse(self, rows, lambda stage, row: stage.talk(row, ask))
        finally:
            await running.close()


async def converse(stage: Dialogue, rows: pa.Table, talk: Talk) -> pa.Table:
    """Let every row talk, all at once, and return what came of them in the order of the rows.

    A request that failed for good takes only its own row with it (its reason in `dropped`, what it burnt counted).
    """

    async def one(row: Row) -> Sequence[Row]:
        try:
            return [{**row, **new} for new in await talk(stage, row)]
        except RequestFailed as failure:
            return [left(row, failure.reason, failure.detail, spent=failure.spent_tokens)]

    made = await together([one(row) for row in rows.to_pylist()])
    fields = {f.name: f for f in (*rows.schema, *stage.writes, DROPPED, DETAIL)}
    return from_rows((row for group in made for row in group), list(fields.values()))
