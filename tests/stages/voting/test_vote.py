from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.columns import TRACES
from data.table import conform, from_rows
from stages.replies.split_reply import chain_of_thought
from stages.voting.perturb import PERTURBATIONS, key_of
from stages.voting.vote import Vote
from tests.stages.traces import marked

AQUA = "How fast?\n\nOptions:\nA) 1\nB) 2\nC) 3\nD) 4"


def rows(answers: list[str | None], **more: Any) -> list[dict[str, Any]]:
    """One problem's samples; None never states an answer, `...` is cut off."""
    return [
        {
            "problem_id": "p",
            "question": "What?",
            "gold": None,
            "prompt_id": "zero_shot",
            "sample": n,
            "trace_id": f"t{n}{more.get('prompt_id', '')}",
            "method": "sampled",
            "reply": "<think>\nno end" if answer is None else marked("some work", answer),
            "reasoning": "no end" if answer is None else "some work",
            "answer": None if answer is None else f"The answer is \\boxed{{{answer}}}.",
            "finish_reason": "length" if answer == "..." else "stop",
            "cot": chain_of_thought(marked("some work")),
            "cot_tokens": 2,
            **more,
        }
        for n, answer in enumerate(answers)
    ]


def voted(found: list[dict[str, Any]], **settings: Any) -> list[dict[str, Any]]:
    table: pa.Table = conform(from_rows(found, TRACES), TRACES)
    return list(Vote(method="m", tokenizer="words", **settings)(table).to_pylist())


def kept(found: list[dict[str, Any]], **settings: Any) -> list[dict[str, Any]]:
    return [row for row in voted(found, **settings) if row["dropped"] is None]


def test_the_target_is_the_normalised_answer_of_the_majority_byte_for_byte() -> None:
    (row,) = kept(rows(["1,000", "1000.0", "7", "1000", "1000"]))

    assert row["reply"] == row["final_answer"] == "1000"
    assert (row["cot"], row["cot_tokens"], row["reply_tokens"]) == ("", 0, 4)
    assert (row["from_trace_id"], row["from_tokens"], row["shortened_by"]) == ("t0", 2, "vote@2")
    assert row["vote"] == {"winner": 4, "runner_up": 1, "cast": 5, "samples": 5}


@pytest.mark.parametrize(
    ("answers", "settings", "reason"),
    [
        (["1", "1", "1", "2"], {}, None),
        (["1", "1", "2", "3"], {}, "no_majority"),
        (["1", "1", "2", "3"], {"rule": "plurality"}, None),
        (["1", "1", "2", "2", "3"], {"rule": "plurality"}, "tie"),
        (["1", "1", "2", "2"], {}, "tie"),
        (["1", None, "...", None], {"rule": "plurality"}, None),
        (["1", None, "...", None], {}, "no_majority"),
        (["1", "1", "1", "2"], {"min_share": 0.75}, None),
        (["1", "1", "1", "2"], {"min_share": 0.8}, "no_majority"),
        ([None, "..."], {}, "no_answer"),
    ],
)
def test_a_winner_needs_its_majority_and_a_tie_abstains(
    answers: list[str | None], settings: dict[str, Any], reason: str | None
) -> None:
    found = voted(rows(answers), **settings)

    assert [row["dropped"] for row in found if row["from_trace_id"] is not None] == ([None] if reason is None else [])
    assert reason is None or {row["dropped"] for row in found} == {reason}
    assert len(found) == len(answers)
    assert all(row["vote"]["samples"] == len(answers) for row in found)


@pytest.mark.parametrize(
    ("answers", "settings", "reason"),
    [
        (["1", "1", "1"], {"asked": 6}, "no_majority"),
        (["1", "1", "1", "1"], {"asked": 6}, None),
        (["1"], {"asked": 2}, "no_majority"),
        (["1", "1", "2"], {"asked": 8, "rule": "plurality"}, None),
        (["1", "1", "1"], {"asked": 6, "rule": "plurality", "min_share": 0.6}, "no_majority"),
        (["1"], {"rule": "plurality"}, None),
    ],
)
def test_samples_that_were_lost_count_among_those_that_a_majority_is_of(
    answers: list[str | None], settings: dict[str, Any], reason: str | None
) -> None:
    found = voted(rows(answers), **settings)

    assert [row["dropped"] for row in found].count(reason) == (1 if reason is None else len(answers))
    assert all(row["vote"]["samples"] == settings.get("asked", len(answers)) for row in found)


def test_everyone_else_leaves_outvoted_or_not_chosen() -> None:
    assert [row["dropped"] for row in voted(rows(["2", "1", "1", "1"]))] == [
        None,
        "outvoted",
        "not_chosen",
        "not_chosen",
    ]


def test_the_gold_chooses_nothing_and_only_tells_whether_it_was_right() -> None:
    chosen = {gold: kept(rows(["1", "1", "2"], gold=gold)) for gold in (None, "1", "2")}

    assert {gold: [row["reply"] for row in found] for gold, found in chosen.items()} == {
        None: ["1"],
        "1": ["1"],
        "2": ["1"],
    }
    assert [found[0]["verdict"] for found in chosen.values()] == ["undecided", "correct", "incorrect"]


@given(st.lists(st.sampled_from(["1", "1.0", "2", "3", None]), min_size=1, max_size=9))
def test_strict_majorities_are_those_a_count_finds(answers: list[str | None]) -> None:
    plain = [answer and answer.partition(".")[0] for answer in answers]
    oracle = [answer for answer in ("1", "2", "3") if 2 * plain.count(answer) > len(answers)]

    assert [row["reply"] for row in kept(rows(answers))] == oracle


def perturbed(answer: str) -> str:
    """The letter under which the other form of the question offers what this letter stands for."""
    there, key = PERTURBATIONS["options"], key_of(0, "p")
    return next(letter for letter in "ABCD" if there.back(letter, AQUA, key) == answer)


@pytest.mark.parametrize(
    ("first", "other", "reason"),
    [
        (["B", "B", "B"], [perturbed("B")] * 3, None),
        (["B", "B", "B"], [perturbed("C")] * 3, "inconsistent"),
        (["B", "B", "B"], [perturbed("B"), perturbed("C"), perturbed("A")], "inconsistent"),
        (["B", "B", "B"], [], "inconsistent"),
        (["B", "C", "A"], [perturbed("B")] * 3, "tie"),
    ],
)
def test_both_orders_must_give_corresponding_answers(
    first: list[str | None], other: list[str | None], reason: str | None
) -> None:
    shared = {"question": AQUA, "answer_kind": "choice"}
    found = voted(rows(first, **shared) + rows(other, **shared, prompt_id="options"), perturbation="options")

    assert [row["reply"] for row in found if row["dropped"] is None] == (["B"] if reason is None else [])
    assert reason is None or {row["dropped"] for row in found} == {reason}
    assert all(row["vote"]["samples"] == len(first) for row in found)


def test_a_perturbed_vote_counts_its_lost_samples_too() -> None:
    shared = {"question": AQUA, "answer_kind": "choice"}
    lost = rows(["B"] * 3, **shared) + rows([perturbed("B")] * 2, **shared, prompt_id="options")

    assert {row["dropped"] for row in voted(lost, perturbation="options", asked=3, asked_again=4)} == {"inconsistent"}
    assert None in {row["dropped"] for row in voted(lost, perturbation="options", asked=3, asked_again=3)}


def test_a_question_that_has_no_other_form_is_not_trusted() -> None:
    found = voted(rows(["1", "1"]) + rows(["1", "1"], prompt_id="options"), perturbation="options")

    assert {row["dropped"] for row in found} == {"not_perturbable"}


def test_no_rows_give_no_rows() -> None:
    assert voted([]) == []
