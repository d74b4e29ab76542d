import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from data.prompts.template import Template
from data.prompts.turns import with_wishes
from data.prompts.wording import BUDGET, question_prompt
from stages.budgeting.budget_prompts import (
    ESTIMATE,
    Wording,
    budget_sha,
    budget_wish,
    estimate_prompt,
    names_budget,
)
from stages.budgeting.read_budget import estimate_in


def asked_within(question: str, budget: int) -> str:
    return with_wishes(Template().turns(question), question, [budget_wish(budget, BUDGET)])[-1]["content"]


def times(number: int, text: str) -> int:
    return len(re.findall(rf"(?<!\d){number}(?!\d)", text))


@given(st.text(alphabet="What is 7 + 10? {budget}", max_size=40), st.integers(1, 2000))
def test_a_prompt_names_its_budget_once_beyond_what_the_question_holds(question: str, budget: int) -> None:
    plain, asked = question_prompt(question), asked_within(question, budget)

    assert asked != plain
    assert times(budget, asked) == times(budget, plain) + 1


def test_it_is_the_prompt_the_pocket_model_was_taught() -> None:
    assert asked_within("What is 7?", 50) == question_prompt("What is 7?", "Use less than 50 tokens.")


@pytest.mark.parametrize("wording", ["Be concise.", "{budget} of {budget}", "In 2 lines, less than {budget} tokens."])
def test_a_wording_that_cannot_name_a_budget_once_is_refused(wording: str) -> None:
    with pytest.raises(ValueError, match="must hold"):
        TypeAdapter(Wording).validate_python(wording)


@pytest.mark.parametrize(
    ("question", "there"),
    [
        ("What is 7? Use less than 50 tokens.", True),
        ("What is 7? Use less than  50 tokens. Really.", True),
        ("He has 50 tokens. She should use less than him.", False),
        ("What is 7?", False),
    ],
)
def test_sees_a_budget_in_a_question(question: str, there: bool) -> None:
    assert names_budget(question, BUDGET) is there
    assert not names_budget(question, "({budget})")


def test_the_estimate_prompt_asks_for_the_form_that_is_read() -> None:
    assert estimate_in(ESTIMATE) is not None
    assert estimate_prompt("What is 7?").endswith("What is 7?")


def test_another_wording_is_another_prompt() -> None:
    assert budget_sha(BUDGET) != budget_sha("At most {budget} tokens.")
