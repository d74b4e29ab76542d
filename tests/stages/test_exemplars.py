import json
from pathlib import Path

import pytest

from data.errors import ConfigError
from stages.asking.exemplars import Exemplar, irrelevance, quantities, read_exemplars, shown_exemplars

CANS = "Ravi gathers 144 tins, Noa brings three times as many, and they sell bundles of 36. How many bundles?"
FITS = "Noa brings 3 * 144 = 432. Together 144 + 432 = 576. 576 / 36 = 16. The answer is \\boxed{16}."
UNRELATED = "The roots of x^2 - 32x + 256 = 0 coincide: (x - 16)^2 = 0, so x = 16. The answer is \\boxed{16}."
"""Right answer, wrong question: the fault of the first exemplar the reference code ships."""

POOL = tuple(Exemplar(question=f"What is {n}?", reply=f"{n}. \\boxed{{{n}}}", gold=str(n)) for n in range(20))


def test_a_reply_that_works_with_the_questions_quantities_fits() -> None:
    assert irrelevance(Exemplar(question=CANS, reply=FITS, gold="16")) is None


def test_a_reply_to_another_question_with_the_same_answer_is_refused() -> None:
    told = irrelevance(Exemplar(question=CANS, reply=UNRELATED, gold="16"))

    assert told is not None
    assert "144" in told


def test_spelled_numbers_count_as_quantities() -> None:
    assert quantities("three tins and 1,000 cans") == {"3", "1000"}


def test_a_pool_names_every_line_it_refuses(tmp_path: Path) -> None:
    lines = [
        {"question": CANS, "reply": FITS, "gold": "16"},
        {"question": CANS, "reply": UNRELATED, "gold": "16"},
        {"question": CANS, "reply": FITS, "gold": "17"},
        {"question": CANS},
    ]
    path = tmp_path / "pool.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))

    with pytest.raises(ConfigError) as caught:
        read_exemplars(path)
    told = "\n".join(caught.value.faults)
    assert "line 1" not in told
    assert all(f"line {number}" in told for number in (2, 3, 4))


def test_order_is_a_function_of_seed_and_problem_alone() -> None:
    shown = shown_exemplars(POOL, 4, seed=1, problem_id="p", question="q")

    assert shown == shown_exemplars(POOL, 4, seed=1, problem_id="p", question="q")
    assert shown != shown_exemplars(POOL, 4, seed=2, problem_id="p", question="q")
    assert shown != shown_exemplars(POOL, 4, seed=1, problem_id="other", question="q")
    assert len(set(shown)) == 4


def test_the_problem_itself_is_never_shown() -> None:
    shown = shown_exemplars(POOL, 20, seed=1, problem_id="p", question="What is 3?")

    assert "What is 3?" not in [exemplar.question for exemplar in shown]
    assert len(shown) == 19
