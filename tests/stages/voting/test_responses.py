import pytest

from stages.voting.perturb import PERTURBATIONS
from stages.voting.responses import responses_of, swapped_verdict, verdict_in

FORMS = [
    "[User Question]\nWhy?\n\n[The Start of Assistant A's Answer]\n{}\n[The End of Assistant A's Answer]\n\n"
    "[The Start of Assistant B's Answer]\n{}\n[The End of Assistant B's Answer]",
    "Why?\n<response_a>\n{}\n</response_a>\n<response_b>{}</response_b>\nWhich is better?",
    "Why?\n\nResponse A: {}\n\nResponse B: {}\n\nWhich response is better?",
    "Why?\n\n### Answer 1\n{}\n\n### Answer 2\n{}\n\n### Verdict",
    "Question: Why?\n[Response A]\n{}\n[Response B]\n{}\n\nPlease judge.",
    "Instruction: Why?\nOutput (a):\n{}\nOutput (b):\n{}",
    "**Assistant 1:** {}\n\n**Assistant 2:** {}",
]


@pytest.mark.parametrize("form", FORMS)
def test_two_responses_swap_and_nothing_else_moves(form: str) -> None:
    swap = PERTURBATIONS["responses"]
    question = form.format("Because.\nIt is so.", "No idea")

    assert swap.question(question, "k") == form.format("No idea", "Because.\nIt is so.")
    assert swap.question(form.format("No idea", "Because.\nIt is so."), "k") == question


@pytest.mark.parametrize(
    "question",
    [
        "What is 7?",
        "Response A: one",
        "Response A: one\nResponse A: two",
        "Response A:\n\nResponse B: x",
        "Model 12: a",
    ],
)
def test_what_shows_no_two_responses_is_left_alone(question: str) -> None:
    assert responses_of(question) is None
    assert PERTURBATIONS["responses"].question(question, "k") is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("My final verdict is: [[A]]", "A"),
        ("[[B]]", "B"),
        ("First I thought [[A]], but it is [[ C ]].", "C"),
        ("[[A>>B]]", "A"),
        ("[[A<B]]", "B"),
        ("[[B>A]]", "B"),
        ("[[A=B]]", "C"),
        ("[[Tie]]", "C"),
        ("[[Assistant B]]", "B"),
        ("[[Response 1]]", "1"),
        ("[[50]]", None),
        ("A is better.", None),
    ],
)
def test_a_verdict_is_read_in_every_form(text: str, verdict: str | None) -> None:
    assert verdict_in(text) == verdict


@pytest.mark.parametrize(
    ("answer", "back"), [("A", "B"), ("B", "A"), ("1", "2"), ("C", "C"), ("Tie", "C"), ("A>>B", "B")]
)
def test_the_verdict_swaps_with_the_responses_and_a_tie_stays(answer: str, back: str) -> None:
    assert swapped_verdict(answer) == back
    assert swapped_verdict(back) == (verdict_in(f"[[{answer}]]"))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["Response A: x\n", "<response_a>", "[[", "[The Start of A]", "\n", "Answer 1"])
def test_responses_are_looked_for_in_a_time_that_grows_with_the_question(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert responses_of(text) is None
    assert verdict_in(text) is None
