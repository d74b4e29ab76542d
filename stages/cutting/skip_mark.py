"""Name on each training row the mark that stands in it for steps that were cut, where the base has no such token."""

import pyarrow as pa

from data.columns import ADDED_TOKENS, COMPLETION
from data.spec import spec
from data.table import values, with_column
from stages.stage import Stage


@spec
class NameSkipMark(Stage):
    """Put the mark among the tokens that a row needs, of each row that holds it."""

    reads = (COMPLETION,)
    writes = (ADDED_TOKENS,)

    mark: str

    def __call__(self, rows: pa.Table) -> pa.Table:
        there = values(rows, ADDED_TOKENS) if ADDED_TOKENS.name in rows.column_names else [None] * rows.num_rows
        told = zip(there, values(rows, COMPLETION), strict=True)
        holds = [(own or [], any(self.mark in turn["content"] for turn in turns)) for own, turns in told]
        return with_column(rows, ADDED_TOKENS, [[*own, self.mark] if held else own for own, held in holds])
