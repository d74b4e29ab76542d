"""Traces without a gold are held to the answer they state themselves, and never called correct.

Field cases of this kind: open-r1/Mixture-of-Thoughts and OpenThoughts3-1.2M (no gold column), OpenThoughts-114k (its
own marks and a system turn; open-thoughts/OpenThoughts-114k card), Bespoke-Stratos-17k, Llama-Nemotron (no
answer column), AM-DeepSeek-R1-Distilled (`reference_answer: null`, an answer in prose). The replies are our own.
"""

from typing import Any

import pyarrow as pa
import pytest

from data.columns import ANSWER, ANSWER_KIND, FINAL_ANSWER, FINISH_REASON, GOLD, METHOD, TOLERANCE, VERDICT
from data.table import from_rows, values
from stages.check_answer import CheckAnswer
from stages.choosing.keep import KeepSameAnswer, KeepVerified

COLUMNS = (ANSWER, GOLD, ANSWER_KIND, FINISH_REASON, METHOD, VERDICT, FINAL_ANSWER, TOLERANCE)


def checked(*answers: str | None, **fields: Any) -> pa.Table:
    rows = from_rows([{"answer": answer, "method": "imported", **fields} for answer in answers], COLUMNS)
    return CheckAnswer()(rows)


STATED = {
    "The answer is \\boxed{42}.": "42",
    "So we get $\\boxed{x = 3}$ in all.": "x = 3",
    "Step by step.\n\n**Final Answer**\n\n\\boxed{\\frac{1}{2}}": "\\frac{1}{2}",
    "Twelve and five.\n#### 17": "17",
    "**Answer:** C": "C",
    "The answer is Paris.": "Paris",
}
UNSTATED = ["Two.", "Hello! How can I help?", "It takes 7 days to get there.", "", "def f(x):\n    return x", None]


@pytest.mark.parametrize("answer", STATED)
def test_a_trace_without_a_gold_keeps_the_answer_it_states(answer: str) -> None:
    rows = checked(answer)

    assert values(rows, VERDICT) == ["kept_answer"]
    assert values(rows, FINAL_ANSWER)[0].strip(".") == STATED[answer].strip(".")
    assert values(rows, GOLD) == [None]


@pytest.mark.parametrize("answer", UNSTATED)
def test_a_trace_that_states_no_answer_has_none_to_keep(answer: str | None) -> None:
    rows = checked(answer)

    assert (values(rows, VERDICT), values(rows, FINAL_ANSWER)) == (["undecided"], [None])
    assert values(KeepVerified()(rows), pa.field("dropped", pa.string())) == ["undecided_no_answer"]


def test_a_trace_that_was_cut_off_keeps_nothing() -> None:
    rows = checked("The answer is \\boxed{4", finish_reason="length")

    assert values(KeepVerified()(rows), pa.field("dropped", pa.string())) == ["truncated"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("So \\boxed{42}.", None),
        ("So \\boxed{42.0}.", None),
        ("So \\boxed{41}.", "answer_changed"),
        ("So it goes on and on, and", "answer_changed"),
        ("", "undecided_no_answer"),
    ],
)
def test_what_is_made_of_it_has_to_arrive_at_its_answer(answer: str, reason: str | None) -> None:
    rows = checked(answer, verdict="kept_answer", final_answer="42", method="token_skip")

    kept = KeepSameAnswer()(rows)
    assert values(kept, pa.field("dropped", pa.string())) == [reason]
    assert values(rows, VERDICT)[0] in ("kept_answer", "incorrect", "undecided")
    assert (values(rows, VERDICT) == ["kept_answer"]) is (reason is None)


def test_a_sampled_reply_without_a_gold_stays_undecided() -> None:
    assert values(checked("\\boxed{42}", method="zero_shot"), VERDICT) == ["undecided"]


def test_a_trace_with_a_gold_is_judged_by_it() -> None:
    assert values(checked("\\boxed{42}", gold="42"), VERDICT) == ["correct"]
    assert values(checked("\\boxed{42}", gold="41"), VERDICT) == ["incorrect"]


def test_a_row_of_its_own_tolerance_is_judged_by_it() -> None:
    assert values(checked("\\boxed{42}", gold="41.9", tolerance=0.5), VERDICT) == ["correct"]
    assert values(checked("\\boxed{42}", gold="41.9", tolerance=0.05), VERDICT) == ["incorrect"]
