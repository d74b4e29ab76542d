"""Keep of the full chains those that were drawn to be as many as the shorter ones."""

from typing import Annotated

import pyarrow as pa

from data.columns import DROPPED, FROM_TRACE_ID, TRACE_ID
from data.spec import PLACE, spec
from data.table import drop, values
from stages.choosing.keep_within_cap import ids_in
from stages.stage import Stage


@spec
class KeepDrawn(Stage):
    """Keep every shorter chain, and the full chains a file names; the others leave as `not_drawn`."""

    reads = (TRACE_ID, FROM_TRACE_ID)
    writes = (DROPPED,)

    path: Annotated[str, PLACE]
    """JSON list of trace ids."""
    revision: str
    """What the file is made from."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        drawn = ids_in(self.path)
        pairs = zip(values(rows, TRACE_ID), values(rows, FROM_TRACE_ID), strict=True)
        return drop(rows, [None if before or trace in drawn else "not_drawn" for trace, before in pairs])
