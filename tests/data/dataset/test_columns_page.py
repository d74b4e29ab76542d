from data.columns import DETAIL, DROPPED, TRAINING
from data.dataset.columns_page import PAGE, columns_page


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == columns_page(), "run python -m data.dataset.columns_page"


def test_every_column_is_on_the_page_once() -> None:
    for column in (*TRAINING, DROPPED, DETAIL):
        assert columns_page().count(f"| `{column.name}` |") == 1
