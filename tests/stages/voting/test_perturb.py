import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.prompts.template import Template
from stages.asking.options import options_of
from stages.voting.perturb import PERTURBATIONS, Name, Paraphrase, PerturbedPrompt

AQUA = "How fast is it?\n\nOptions:\nA) 32400\nB) 6000\nC) 600\nD) 60000\nE) 10"
ROW = {"problem_id": "p", "question": AQUA, "prompt": Template().turns(AQUA)}


def chosen(question: str, letter: str) -> str:
    """What a letter stands for."""
    options = options_of(question)
    assert options is not None
    return next(option.text for option in options if option.label == letter)


@given(st.text(max_size=8), st.lists(st.text("abc 123", min_size=1, max_size=5), min_size=2, max_size=6, unique=True))
def test_a_letter_comes_back_to_the_option_it_was_given_for(key: str, texts: list[str]) -> None:
    options = [text.strip() or "0" for text in texts]
    question = "Which?\n" + "\n".join(f"({letter}) {text}" for letter, text in zip("ABCDEF", options, strict=False))
    there = PERTURBATIONS["options"]
    other = there.question(question, key)

    assert other is not None
    for letter in "ABCDEF"[: len(options)]:
        assert chosen(question, there.back(letter, question, key)) == chosen(other, letter)


@given(st.text(max_size=8))
def test_the_options_move_and_nothing_is_lost(key: str) -> None:
    other = PERTURBATIONS["options"].question(AQUA, key)

    assert other is not None
    assert other != AQUA
    assert sorted(line[3:] for line in other.split("\n")[3:]) == sorted(line[3:] for line in AQUA.split("\n")[3:])
    assert [line[:2] for line in other.split("\n")[3:]] == ["A)", "B)", "C)", "D)", "E)"]
    assert other == PERTURBATIONS["options"].question(AQUA, key)


def test_several_letters_come_back_together_and_words_stay() -> None:
    there = PERTURBATIONS["options"]
    back = there.back("A, C", AQUA, "k").split(", ")

    assert sorted(back) == sorted(there.back(letter, AQUA, "k") for letter in "AC")
    assert there.back("60000", AQUA, "k") == "60000"
    assert there.back("J", AQUA, "k") == "J"


@pytest.mark.parametrize(
    "question",
    [
        "What is 7?",
        "Which?\nA) one",
        "Which?\nA) one\nC) two",
        "Which?\nA) one\nB) two\nC) none of the above",
        "Which?\nA) one\nB) two\nC) both A and B",
    ],
)
def test_a_question_whose_options_cannot_move_is_left_alone(question: str) -> None:
    assert PERTURBATIONS["options"].question(question, "k") is None
    assert PERTURBATIONS["options"].back("A", question, "k") == "A"


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_the_other_form_is_asked_in_one_turn(name: Name) -> None:
    (turn,) = PerturbedPrompt(name=name, samples=2, perturbation=name).turns(ROW, seed=0)

    assert turn.role == "user"
    assert "60000" in turn.content
    assert AQUA in turn.content or name == "options"


def test_a_paraphrase_is_worded_as_told_and_its_answer_stays() -> None:
    prompt = PerturbedPrompt(name="paraphrase", samples=2, perturbation="paraphrase", wording="Pray: {question} {x}")

    assert prompt.turns({**ROW, "question": "What is 7?"}, 0)[0].content == "Pray: What is 7? {x}"
    assert Paraphrase().back("B", AQUA, "k") == "B"


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Which? (a) one (b) two (c) three", ["a", "b", "c"]),
        ("哪个？\nA、一\nB、二\nC、三", ["A", "B", "C"]),
        ("Which is prime?\n1. 4\n2. 7\n3. 9", ["1", "2", "3"]),
        ("Which?\n" + "\n".join(f"{chr(65 + n)}. text {n}" for n in range(14)), ["A", "K", "N"]),
        ("Which? A) 3 B) 4 C) 5", ["A", "B", "C"]),
    ],
)
def test_options_of_every_form_move_and_their_labels_come_back(question: str, answers: list[str]) -> None:
    there = PERTURBATIONS["options"]
    other = there.question(question, "k")

    assert other is not None and other != question
    assert [chosen(question, there.back(answer, question, "k")) for answer in answers] == [
        chosen(other, answer) for answer in answers
    ]
