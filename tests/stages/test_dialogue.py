from collections.abc import Sequence
from contextlib import nullcontext

import pyarrow as pa

from data.columns import SPENT_TOKENS
from data.spec import spec
from data.table import Row
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue, converse
from stages.engines.engine import RequestFailed
from stages.engines.every import AnyEngine
from stages.engines.fake import Fake
from tests.stages.scripted import Scripted


@spec
class Talks(Dialogue):
    """Fails for the rows that say so."""

    writes = (SPENT_TOKENS,)
    engine: AnyEngine = Fake()

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        if row["fails"]:
            failure = RequestFailed("http_500", "no")
            failure.spent_tokens = 7
            raise failure
        return [{"spent_tokens": 3}]


async def test_a_row_whose_request_failed_leaves_alone_with_all_that_was_spent_on_it() -> None:
    rows = pa.table({"fails": [False, True, True], "spent_tokens": pa.array([1, 40, None], pa.int64())})
    ask = Ask(Scripted({}), nullcontext)

    made = await converse(Talks(), rows, lambda stage, row: stage.talk(row, ask))

    assert made.column("dropped").to_pylist() == [None, "http_500", "http_500"]
    assert made.column("spent_tokens").to_pylist() == [3, 47, 7]
