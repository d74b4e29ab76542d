from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from data.columns import DROPPED, TRAINING
from data.table import from_rows
from pipelines.build.sums import RowSums


def rows(*found: tuple[str, str | None, str | None]) -> pa.Table:
    """Rows by trace id, the trace they were made from, and why they left."""
    told: Sequence[dict[str, Any]] = [
        {"problem_id": "p", "trace_id": trace, "from_trace_id": made_from, "dropped": reason}
        for trace, made_from, reason in found
    ]
    empty = {field.name: None for field in (*TRAINING, DROPPED)}
    return from_rows(({**empty, **row} for row in told), [*TRAINING, DROPPED])


def sums(traces: set[str], stay: pa.Table, leave: pa.Table) -> tuple[int, dict[str, str], dict[str, int]]:
    made = RowSums(traces)
    made.add(stay)
    made.add_rejected(leave)
    return len(made.used), made.lost, dict(made.left_beside)


def test_variants_stand_for_the_trace_they_were_made_from() -> None:
    stay = rows(("a-short", "a", None), ("a-shorter", "a", None))
    leave = rows(("a-shortest", "a", "answer_changed"), ("b-short", "b", "no_reduction"))

    assert sums({"a", "b"}, stay, leave) == (1, {"b": "no_reduction"}, {"answer_changed": 1})


def test_a_chain_that_was_asked_for_is_a_trace_of_its_own_though_another_led_to_it() -> None:
    stay = rows(("full", None, None), ("asked-2", "full", None))
    leave = rows(("asked-1", "full", "steps_not_as_told"))

    assert sums({"full", "asked-1", "asked-2"}, stay, leave) == (2, {"asked-1": "steps_not_as_told"}, {})
