"""Remark chains that go against the order that the value of their control should bring them into."""

from collections import defaultdict
from typing import Literal

import pyarrow as pa

from data.columns import CONTROL_VALUE, COT_TOKENS, PROBLEM_ID, REMARKS
from data.spec import spec
from data.table import values, with_column
from stages.stage import Stage

LONGER, SHORTER = "longer_than_at_a_lower_value", "shorter_than_at_a_lower_value"


@spec
class RemarkOrder(Stage):
    """Give each chain of a problem that breaks the order a remark; none leaves. One without a value has no place."""

    reads = (PROBLEM_ID, CONTROL_VALUE, COT_TOKENS)
    writes = (REMARKS,)

    direction: Literal["long_to_short", "short_to_long"] = "long_to_short"
    """What a higher value should do to the length."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        sign, remark = (1, LONGER) if self.direction == "long_to_short" else (-1, SHORTER)
        chains: dict[str, list[tuple[float, int]]] = defaultdict(list)
        keys = list(zip(*(values(rows, field) for field in self.reads), strict=True))
        for problem, value, tokens in keys:
            if value is not None:
                chains[problem].append((value, sign * tokens))
        broken = (
            value is not None and any(lower < value and other < sign * tokens for lower, other in chains[problem])
            for problem, value, tokens in keys
        )
        there = values(rows, REMARKS) if REMARKS.name in rows.column_names else [None] * rows.num_rows
        pairs = zip(there, broken, strict=True)
        return with_column(rows, REMARKS, [[*(told or ()), *([remark] if out else ())] for told, out in pairs])
