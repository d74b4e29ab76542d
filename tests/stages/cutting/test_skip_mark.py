from data.columns import ADDED_TOKENS, COMPLETION
from data.table import from_rows, values
from stages.cutting.skip_mark import NameSkipMark


def test_the_mark_is_named_on_rows_that_hold_it_and_on_no_other() -> None:
    said = ["3 + 4\n\n[SKIP]\n\n7", "3 + 4 = 7"]
    rows = [{"completion": [{"role": "assistant", "content": text}], "added_tokens": ["<other>"]} for text in said]
    made = NameSkipMark(mark="[SKIP]")(from_rows(rows, (COMPLETION, ADDED_TOKENS)))

    assert values(made, ADDED_TOKENS) == [["<other>", "[SKIP]"], ["<other>"]]
    assert NameSkipMark(mark="[SKIP]")(from_rows([], (COMPLETION,))).num_rows == 0
