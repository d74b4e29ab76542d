"""Make the rows a trainer reads: what the model is given, and what it learns to give."""

import pyarrow as pa

from data.columns import (
    ADDED_TOKENS,
    COMPLETION,
    CONTROL_KIND,
    CONTROL_VALUE,
    FROM_TRACE_ID,
    KEPT_RATIO,
    METHOD,
    PROMPT,
    QUESTION,
    REPLY,
    SEGMENTS,
    TRAINING,
)
from data.prompts import question_prompt
from data.spec import spec
from data.table import conform, values, with_column
from stages.stage import Stage


@spec
class AsTrainingRows(Stage):
    """Pair the plain zero-shot question with the chosen reply, whichever prompt the reply was sampled with."""

    reads = (QUESTION, REPLY)
    writes = TRAINING

    method: str
    """The method whose rows these are."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        prompts = [[{"role": "user", "content": question_prompt(question)}] for question in values(rows, QUESTION)]
        completions = [[{"role": "assistant", "content": reply}] for reply in values(rows, REPLY)]
        rows = with_column(rows, PROMPT, prompts)
        rows = with_column(rows, COMPLETION, completions)
        rows = with_column(rows, METHOD, [self.method] * rows.num_rows)
        rows = with_column(rows, CONTROL_KIND, ["none"] * rows.num_rows)
        rows = with_column(rows, SEGMENTS, [[]] * rows.num_rows)
        rows = with_column(rows, ADDED_TOKENS, [[]] * rows.num_rows)
        for field in (FROM_TRACE_ID, CONTROL_VALUE, KEPT_RATIO):
            rows = with_column(rows, field, pa.nulls(rows.num_rows, field.type))
        return conform(rows, TRAINING)
