from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from data.columns import COT_TOKENS, TRAINING
from data.table import from_rows
from data.thinking.turn import write_turn
from stages.targets.budget import AssignBudget, Line, Marks, WriteBudget
from stages.tokens import load_tokenizer

WORDS = load_tokenizer("words")
CHAIN = "one two three four five six seven eight nine ten"
MARK = r"<|left_{}|>"


def training_row(reasoning: str | None, budget: float, answer: str = "The answer is 7.") -> dict[str, Any]:
    turn = {"role": "assistant", "content": write_turn(reasoning, answer)}
    user = {"role": "user", "content": "3 + 4?"}
    told = {"control_kind": "tokens", "control_value": budget, "segments": [], "added_tokens": []}
    return {"question": "3 + 4?", "prompt": [user], "completion": [turn], "messages": [user, turn], **told}


def written(form: Line | Marks, reasoning: str | None = CHAIN, budget: float = 10.0) -> dict[str, Any]:
    stage = WriteBudget(form=form, tokenizer="words")
    (row,) = stage(from_rows([training_row(reasoning, budget)], TRAINING)).to_pylist()
    return dict(row)


def said(row: dict[str, Any]) -> str:
    return str(row["completion"][0]["content"])


@pytest.mark.parametrize(("tokens", "step", "budget"), [(1, 50, 50), (50, 50, 50), (51, 50, 100), (7, 1, 7), (0, 5, 0)])
def test_a_budget_is_the_length_rounded_up(tokens: int, step: int, budget: float) -> None:
    table = pa.table({COT_TOKENS.name: pa.array([tokens], pa.int64())})
    (row,) = AssignBudget(round_up_to=step)(table).to_pylist()

    assert (row["control_kind"], row["control_value"]) == ("tokens", budget)


def test_a_line_before_the_chain_names_the_budget_and_the_rest_is_as_it_was() -> None:
    row = written(Line(weight=2.0, added=("<budget>", "</budget>")), budget=50.0)

    assert said(row) == f"<think>\n<budget>50</budget>\n{CHAIN}\n</think>\n\nThe answer is 7."
    assert row["messages"][-1]["content"] == said(row)
    assert [(piece["kind"], piece["train"], piece["weight"]) for piece in row["segments"]] == [
        ("chain", True, 1.0),
        ("budget", True, 2.0),
        ("chain", True, 1.0),
        ("answer", True, 1.0),
    ]
    assert row["added_tokens"] == ["<budget>", "</budget>"]


def test_a_turn_without_marks_of_thought_begins_with_the_line() -> None:
    row = written(Line(), reasoning=None)

    assert said(row).startswith("<budget>10</budget>\nThe answer is 7.")
    assert row["added_tokens"] == []


def test_marks_say_what_is_left_in_parts_of_the_budget_and_are_masked() -> None:
    row = written(Marks(parts=5))
    marks = [piece for piece in row["segments"] if piece["kind"] == "remaining"]

    assert said(row).startswith(
        "<think>\n<|left_5|>one two<|left_4|> three four<|left_3|> five six<|left_2|> seven eight<|left_1|> nine ten\n"
    )
    assert [piece["train"] for piece in marks] == [False] * 5
    assert row["added_tokens"] == [f"<|left_{left}|>" for left in (5, 4, 3, 2, 1)]


def test_a_chain_below_its_budget_ends_with_some_of_it_left() -> None:
    row = written(Marks(parts=4), budget=20.0)

    assert said(row).startswith(
        "<think>\n<|left_4|>one two three four five<|left_3|> six seven eight nine ten\n</think>"
    )


def test_marks_every_so_many_tokens_say_the_tokens_left_in_plain_text() -> None:
    row = written(Marks(every=4, mark="[{value} left]", train=True))

    assert said(row).startswith(
        "<think>\n[10 left]one two three four[6 left] five six seven eight[2 left] nine ten\n</think>"
    )
    assert row["added_tokens"] == []
    assert all(piece["train"] for piece in row["segments"])


@pytest.mark.parametrize("text", ["\\frac", "12345", "0.5", "1,000", "don"])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_no_mark_divides_a_word_a_number_or_a_command(text: str, before: int) -> None:
    chain = f"{'x ' * before}{text} and so on it goes"
    parts = said(written(Marks(every=1, mark="[{value}]"), reasoning=chain, budget=40.0))

    assert text.removeprefix("\\") in parts


def test_a_mark_may_divide_a_number_at_its_token_and_may_wait_for_the_end_of_its_line() -> None:
    text = "12345 x\nmore words here"
    token = said(written(Marks(every=2, at="token"), reasoning=text, budget=9.0))
    line = said(written(Marks(every=2, at="line"), reasoning=text, budget=9.0))

    assert "12<|left_7|>34" in token
    assert "12345 x\n<|left_7|>more" in line


texts = st.text(st.sampled_from("ab 1.,\n\\{}求"), min_size=1, max_size=60).filter(lambda text: text.strip())


@given(texts, st.integers(2, 9), st.sampled_from(("token", "word", "line")), st.integers(0, 30))
def test_without_its_marks_the_turn_is_what_it_was(text: str, parts: int, at: Any, more: int) -> None:
    plain = write_turn(text, "The answer is 7.")
    budget = float(WORDS.count([text])[0] + more)
    row = written(Marks(parts=parts, at=at), reasoning=text, budget=budget)
    kept = "".join(piece["text"] for piece in row["segments"] if piece["kind"] != "remaining")
    left = [piece["text"] for piece in row["segments"] if piece["kind"] == "remaining"]

    assert kept == plain
    assert "".join(piece["text"] for piece in row["segments"]) == said(row)
    assert left == sorted(left, reverse=True) and len(left) <= parts


def test_a_turn_or_a_question_that_holds_a_mark_leaves() -> None:
    rows = [training_row("he said <budget>", 10.0), training_row(CHAIN, 10.0) | {"question": "</budget>?"}]
    told = WriteBudget(form=Line(), tokenizer="words")(from_rows(rows, TRAINING)).to_pylist()

    assert [row["dropped"] for row in told] == ["reply_holds_budget_mark"] * 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: Line(text="no value"),
        lambda: Line(added=("<b>",)),
        lambda: Marks(mark="left"),
        lambda: Marks(told="Think."),
        lambda: Marks(parts=1),
    ],
)
def test_forms_that_cannot_work_are_refused(make: Any) -> None:
    with pytest.raises(ValidationError):
        make()


def test_no_rows_give_no_rows() -> None:
    assert WriteBudget(form=Line(), tokenizer="words")(pa.schema(list(TRAINING)).empty_table()).num_rows == 0
