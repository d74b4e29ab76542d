from typing import Any

import pyarrow as pa
import pytest

from data.columns import COT_TOKENS, PROMPT, REMARKS, SPENT_TOKENS
from stages.check_answer import CheckAnswer
from stages.cutting.first_correct import EndAtFirstCorrect
from stages.replies.split_reply import SplitReply
from tests.stages.traces import LONG, marked, trace

FIRST = LONG.partition("\n\nLet me check")[0]


def ended(*rows: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    types = {COT_TOKENS.name: pa.int64(), SPENT_TOKENS.name: pa.int64(), "reply_tokens": pa.int64()}
    types |= {PROMPT.name: PROMPT.type, REMARKS.name: REMARKS.type}
    names = trace()
    schema = pa.schema([(name, types.get(name, pa.string())) for name in [*names, REMARKS.name]])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    return EndAtFirstCorrect(method="first_correct", **fields)(table).to_pylist()


def cut(cot: str, **fields: Any) -> str:
    """What is left of the reasoning of a trace whose answer is 20."""
    (row,) = ended(trace(marked(cot)), **fields)
    return str(row["reasoning"])


def test_the_chain_ends_with_the_sentence_that_first_states_the_right_answer() -> None:
    (row,) = ended(trace())

    assert row["reply"] == marked(FIRST)
    assert row["from_trace_id"] == "t1" and row["control_kind"] == "none"
    assert row["kept_spans"] == [0, len(FIRST)]
    assert row["remarks"] == []


@pytest.mark.parametrize(
    ("kept", "rest"),
    [
        ("So the answer is 23. Wait, he loses 3. So the answer is 20.", " Let me check. Yes, the answer is 20."),
        ("Is the answer 20? Not yet. It is \\boxed{20}.", " Hmm, let me see."),
        ("If the answer is 20, good. Suppose the answer is 20. Now, the answer is 20.", " Wait."),
        ("15 + 8 - 3. The answer is\n\n\\[ \\boxed{20} \\]", "\n\nWait, is it?"),
        ("The answer is 20.0.", " Wait, 20."),
        ("Tom has 20? No.\n#### 20", "\nAlternatively, 15 + 5 = 20."),
        ("He has 20 at first, I think. Then 15 + 8 = 23. The answer is 20.", " Done."),
    ],
)
def test_announced_answers_end_it_and_guesses_questions_and_suppositions_do_not(kept: str, rest: str) -> None:
    assert cut(kept + rest, ends="stated") == kept


def test_a_conclusion_ends_it_only_where_the_chain_looks_back_on_it() -> None:
    passing = "So after that 23 - 3 = 20. Then nothing happens. Therefore he keeps them. The answer is 20."
    taken = "So 15 + 8 - 3 = 20. Wait, let me check that. 15 + 8 = 23, and 23 - 3 = 20. Fine."

    assert cut(passing) == passing
    assert cut(taken) == "So 15 + 8 - 3 = 20."
    assert cut(taken, ends="stated") == taken
    assert cut("So 20 is possible. But wait, is it 20?") == "So 20 is possible. But wait, is it 20?"


def test_a_number_before_a_full_stop_ends_a_sentence_where_the_next_looks_back() -> None:
    assert cut("Thus he has 20. Wait, that is many. Let me check. Yes, 20.") == "Thus he has 20."


def test_reflection_is_kept_up_to_where_the_answer_is_right_again() -> None:
    cot = f"{FIRST} Wait. 23 - 3 is 20, so the answer is 20. Alternatively, count them. The answer is 20."
    (kept,) = ended(trace(marked(cot)), reflection="keep")
    (alone,) = ended(trace(marked(f"{FIRST} And so on.")), reflection="keep")

    assert kept["reasoning"] == cot.partition(" Alternatively")[0]
    assert kept["remarks"] == []
    assert alone["reasoning"] == FIRST
    assert alone["remarks"] == ["no_reflection"]


def test_what_states_its_answer_only_at_its_end_stays_whole_or_leaves() -> None:
    whole = trace(marked("15 + 8 = 23, and 23 - 3 = 20. The answer is 20."))

    assert [(row["reply"], row["remarks"], row["dropped"]) for row in ended(whole)] == [
        (whole["reply"], ["no_earlier_end"], None)
    ]
    assert [row["dropped"] for row in ended(whole, otherwise="drop")] == ["no_earlier_end"]


def test_both_gives_the_trace_before_its_shorter_self_and_counts_its_cost_once() -> None:
    long, short = ended(trace(), rows="both")

    assert (long["reply"], long["from_trace_id"], long["spent_tokens"]) == (marked(LONG), None, 100)
    assert (short["reply"], short["from_trace_id"], short["spent_tokens"]) == (marked(FIRST), "t1", 0)


def test_a_reply_without_marks_says_no_more_once_it_has_boxed_its_answer() -> None:
    said = "15 + 8 - 3 is \\(\\boxed{20}\\).\n\nTo verify, count again: 20.\n\nSo it is \\(\\boxed{20}\\)."
    (row,) = ended(trace(said))
    (worded,) = ended(trace("The answer is 20.\n\nLet me check: 23 - 3 is 20.\n\nThat is \\boxed{20}."))

    assert row["reply"] == "15 + 8 - 3 is \\(\\boxed{20}\\)."
    assert worded["reply"] == "The answer is 20.\n\nThe final answer is: $\\boxed{20}$"


@pytest.mark.parametrize(
    ("gold", "said"), [("1/2", "\\boxed{\\frac12}"), ("B", "the answer is (B)"), ("yes", "answer: yes")]
)
def test_what_is_made_is_right_for_any_kind_of_gold(gold: str, said: str) -> None:
    cot = f"Let me see. So {said}. Wait, that cannot be. Let me count. Yes. So {said}."
    kind = "choice" if gold == "B" else None
    made = ended(trace(marked(cot, gold), gold=gold, answer_kind=kind))
    table = pa.Table.from_pylist([{**row, "finish_reason": "stop"} for row in made])
    (row,) = CheckAnswer()(SplitReply(tokenizer="words")(table)).to_pylist()

    assert row["reasoning"] == f"Let me see. So {said}."
    assert row["verdict"] == "correct"


def test_without_a_gold_the_traces_own_answer_ends_it() -> None:
    assert ended({**trace(), "gold": None})[0]["reply"] == marked(FIRST)
    assert ended({**trace(), "gold": None, "final_answer": "23"})[0]["remarks"] == ["no_earlier_end"]


def test_no_rows_give_no_rows() -> None:
    assert ended() == []
