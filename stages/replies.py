"""What a reply holds: the reasoning, cut from the rest."""

import pyarrow as pa

from data.columns import COT, COT_TOKENS, REPLY, REPLY_TOKENS, TOKENIZER
from data.prompts import END_THINK, THINK
from data.spec import spec
from data.table import values, with_column
from stages.stage import Stage
from stages.tokens import load_tokenizer


def reasoning(reply: str) -> str:
    """Return what stands between the reasoning marks; all of a reply that has none.

    A reply that opens the reasoning and never ends it is all reasoning.
    """
    head, end, _ = reply.rpartition(END_THINK)
    text = head if end else reply
    return text.partition(THINK)[2].strip("\n") if THINK in text else text.strip("\n")


@spec
class SplitReply(Stage):
    """Cut the reasoning out of the reply and count tokens; a reply the engine did not count is counted here."""

    reads = (REPLY,)
    writes = (COT, COT_TOKENS, REPLY_TOKENS, TOKENIZER)

    tokenizer: str
    """Folder, Hub id, or `words`."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        tokenizer = load_tokenizer(self.tokenizer)
        replies = [reply or "" for reply in values(rows, REPLY)]
        cots = [reasoning(reply) for reply in replies]
        rows = with_column(rows, COT, cots)
        rows = with_column(rows, COT_TOKENS, tokenizer.count(cots))
        rows = with_column(rows, TOKENIZER, [tokenizer.identity] * rows.num_rows)
        known = values(rows, REPLY_TOKENS) if REPLY_TOKENS.name in rows.column_names else [None] * rows.num_rows
        counted = tokenizer.count(replies) if None in known else known
        return with_column(rows, REPLY_TOKENS, [a if a is not None else b for a, b in zip(known, counted, strict=True)])
