"""Label each problem with its token complexity: the fewest tokens at which any prompt still solved it."""

from collections.abc import Iterable

import pyarrow as pa

from data.columns import FINISH_REASON, PROBLEM_ID, REPLY_TOKENS, TOKEN_COMPLEXITY, VERDICT
from data.spec import spec
from data.table import values, with_column
from stages.stage import Stage


@spec
class LabelTokenComplexity(Stage):
    """Give every trace the tokens of its problem's shortest correct, whole reply; null where there is none.

    Runs before anything is dropped. An upper bound: another prompt, or more samples, may find a shorter one.
    """

    reads = (PROBLEM_ID, REPLY_TOKENS, VERDICT, FINISH_REASON)
    writes = (TOKEN_COMPLEXITY,)

    def __call__(self, rows: pa.Table) -> pa.Table:
        fewest = _fewest(zip(*(values(rows, field) for field in self.reads), strict=True))
        return with_column(rows, TOKEN_COMPLEXITY, [fewest.get(problem) for problem in values(rows, PROBLEM_ID)])


def _fewest(traces: Iterable[tuple[str, int, str, str | None]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for problem, tokens, verdict, finish in traces:
        if verdict == "correct" and finish in (None, "stop"):
            found[problem] = min(tokens, found.get(problem, tokens))
    return found
