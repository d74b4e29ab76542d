"""Remarks on replies that a person should look at: they loop, or mark their thoughts in a way nobody declared."""

from collections.abc import Iterator

import pyarrow as pa

from data.columns import REMARKS, REPLY
from data.spec import spec
from data.table import values, with_column
from data.thinking.thinking import Thinking
from data.thinking.turn import undeclared_marks
from stages.replies.repetition import LOOPS, loops
from stages.stage import Stage

UNDECLARED_MARKS = "undeclared_marks"
"""The remark of a reply that seems to mark its thoughts, though neither the table nor the run file knows the marks."""


@spec
class RemarkReplies(Stage):
    """Remark replies, anew where a row has another reply now; none leaves here."""

    reads = (REPLY,)
    writes = (REMARKS,)

    thinking: Thinking = Thinking()
    """The marks of thought that the run file declares."""
    version: str = "loops-1"
    """The rules' version: another one gives other remarks, so it is part of the step's identity."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        there = REMARKS.name in rows.column_names
        before = values(rows, REMARKS) if there else [None] * rows.num_rows
        pairs = zip(before, values(rows, REPLY), strict=True)
        ours = (LOOPS, UNDECLARED_MARKS)
        remarks = [
            [*(one for one in others or () if one not in ours), *self._remarks(reply or "")] for others, reply in pairs
        ]
        return with_column(rows, REMARKS, remarks)

    def _remarks(self, reply: str) -> Iterator[str]:
        if loops(reply):
            yield LOOPS
        if undeclared_marks(reply, self.thinking):
            yield UNDECLARED_MARKS
