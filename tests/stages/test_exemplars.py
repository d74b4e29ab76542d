import json
from pathlib import Path

import pytest

from data.errors import ConfigError
from stages.asking.exemplars import Exemplar, OnBad, irrelevance, quantities, read_exemplars, shown_exemplars

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


ASY = (
    "In the figure, what is the area of the square? [asy]\nsize(150); draw((0,0)--(12,0)--(12,12)--(0,12)--cycle); "
    'label("$3$", (6, 99));\n[/asy]'
)


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (
            "What is 10 - (n + 6) when n = 11?\nA. 3\nB. 0\nC. 5\nD. -7\nE. 27\nF. 15",
            "11 + 6 = 17 and 10 - 17 = -7, so D.",
        ),
        ("What is the cost of a $25 haircut with a 15% tip? (A) 27 (B) 28.75 (C) 31", "25 * 1.15 = 28.75, so (B)."),
        (ASY, "The side of the square is 3, so its area is 9."),
        ("What is 64\\% of 25?", "0.64 times 25 is 16."),
        ("What is $\\frac14$ of 120?", "120 / 4 = 30."),
        ("Ann had 20 dollars and bought 3 pounds at 2 each.", "Ann had 20, bought for 6, so 14 dollars are left."),
        ("Find all $f(100)$.", "Let $x = y$; then $f(x) = 0$."),
    ],
)
def test_numbers_in_options_and_drawing_code_and_written_otherwise_are_no_fault(question: str, reply: str) -> None:
    assert irrelevance(Exemplar(question=question, reply=reply, gold="1")) is None


LINES = [
    {"question": CANS, "reply": FITS, "gold": "16"},
    {"question": CANS, "reply": UNRELATED, "gold": "16"},
    {"question": CANS, "reply": FITS, "gold": "17"},
]


def pool(folder: Path, lines: list[dict[str, str]]) -> Path:
    path = folder / "pool.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


@pytest.mark.parametrize(("on_bad", "shown"), [("drop", 1), ("keep", 3)])
def test_bad_exemplars_are_named_and_dropped_or_kept_as_is_said(tmp_path: Path, on_bad: OnBad, shown: int) -> None:
    read = read_exemplars(pool(tmp_path, LINES), on_bad)

    assert len(read.shown) == shown
    assert [caution.partition(", line ")[2][0] for caution in read.cautions] == ["2", "3"]


def test_a_pool_names_every_line_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_exemplars(pool(tmp_path, [*LINES, {"question": CANS}]), "refuse")
    told = "\n".join(caught.value.faults)

    assert "line 1" not in told
    assert all(f"line {number}" in told for number in (2, 3, 4))


def test_a_line_that_cannot_be_read_and_a_pool_with_nothing_left_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line 4"):
        read_exemplars(pool(tmp_path, [*LINES, {"question": CANS}]))
    with pytest.raises(ConfigError, match="line 2"):
        read_exemplars(pool(tmp_path, [LINES[2], LINES[1]]))


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
