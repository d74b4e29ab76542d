import pyarrow as pa

from data.columns import REMARKS
from data.table import values
from stages.choosing.remark_order import LONGER, SHORTER, RemarkOrder

ROWS = pa.table(
    {
        "problem_id": ["a", "a", "a", "b", "b", "c"],
        "control_value": [0.0, 0.5, 1.0, 0.0, 1.0, None],
        "cot_tokens": [90, 30, 40, 10, 20, 5],
    }
)


def test_a_chain_longer_than_one_at_a_lower_value_is_remarked() -> None:
    assert values(RemarkOrder()(ROWS), REMARKS) == [[], [], [LONGER], [], [LONGER], []]


def test_where_higher_values_lengthen_the_shorter_one_is_remarked() -> None:
    found = values(RemarkOrder(direction="short_to_long")(ROWS), REMARKS)

    assert found == [[], [SHORTER], [SHORTER], [], [], []]
