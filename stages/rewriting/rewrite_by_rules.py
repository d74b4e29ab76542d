"""Rewrite each trace by rules, without a model: the baseline of every rewriter."""

from collections.abc import Mapping

import pyarrow as pa

from data.columns import (
    ANSWER,
    ANSWER_KIND,
    COT,
    COT_TOKENS,
    DETAIL,
    DROPPED,
    FINAL_ANSWER,
    GOLD,
    QUESTION,
    REASONING,
    REPLY,
)
from data.spec import spec
from data.table import Row, from_rows
from stages.asking.left import left
from stages.rewriting.redundancy import RULES, cut_by_rules
from stages.rewriting.rewritten import Offer, Standards, judged, steers, unsafe
from stages.rewriting.rewritten_rows import WRITTEN, long_row, short_row
from stages.stage import Stage
from stages.tokens import TokenizerName, counting, load_tokenizer


@spec
class RewriteByRules(Stage):
    """Return each trace and its shorter version, or the trace dropped for the reason why there is none."""

    reads = (QUESTION, REPLY, REASONING, ANSWER, COT, COT_TOKENS, FINAL_ANSWER, GOLD, ANSWER_KIND)
    writes = WRITTEN

    method: str
    tokenizer: TokenizerName
    """Counts what is shorter."""
    rules: str = RULES
    """The version of the rules: other ones give other rows."""
    standards: Standards = Standards()

    def uses(self) -> Mapping[str, str]:
        return counting(self.tokenizer)

    def __call__(self, rows: pa.Table) -> pa.Table:
        fields = {f.name: f for f in (*rows.schema, *self.writes, DROPPED, DETAIL)}
        made = (new for row in rows.to_pylist() for new in self._pair(row))
        return from_rows(made, list(fields.values()))

    def _pair(self, row: Row) -> list[Row]:
        tokenizer = load_tokenizer(self.tokenizer)
        if found := unsafe(row, tokenizer):
            return [left(row, "chat_tokens", found)]
        if character := steers(row):
            return [left(row, "control_characters", character)]
        made = judged(Offer(cut_by_rules(row)), row, self.standards, tokenizer)
        if made.reason is not None:
            return [left(row, made.reason, made.detail)]
        return [long_row(row), short_row(row, made, method=self.method, by=self.rules)]
