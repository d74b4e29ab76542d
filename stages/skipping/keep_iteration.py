"""Keep of the shorter chains those that one iteration wrote."""

import pyarrow as pa

from data.columns import DROPPED, FROM_TRACE_ID, PROMPT_ID
from data.spec import Name, spec
from data.table import drop, values
from stages.stage import Stage


@spec
class KeepIteration(Stage):
    """Keep full chains and what the named iteration wrote; the others' leave as `earlier_iteration`."""

    reads = (PROMPT_ID, FROM_TRACE_ID)
    writes = (DROPPED,)

    name: Name
    """Begins the `prompt_id` of its chains."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        pairs = zip(values(rows, PROMPT_ID), values(rows, FROM_TRACE_ID), strict=True)
        own = f"{self.name}-"
        kept = (made_from is None or (prompt or "").startswith(own) for prompt, made_from in pairs)
        return drop(rows, [None if keep else "earlier_iteration" for keep in kept])
