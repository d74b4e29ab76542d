import pytest

from data.inputs.rows.options import with_options
from data.questions import normalised


@pytest.mark.parametrize("other", ["what is 7?", " What\u00a0is\n7? ", "What is ７?"])
def test_spellings_of_one_question(other: str) -> None:
    assert normalised(other) == normalised("What is 7?")


def test_other_numbers_are_other_questions() -> None:
    assert len({normalised(f"What is {n}?") for n in ("7", "-7", "0.7", "77", "7 7")}) == 5


def test_options_in_another_order_make_the_same_question_and_other_options_another() -> None:
    asked = [with_options("Which is even?", options) for options in (("1", "2"), ("2", "1"), ("1", "4"))]

    assert normalised(asked[0]) == normalised(asked[1])
    assert normalised(asked[0]) != normalised(asked[2])


def test_a_question_that_ends_in_an_options_line_of_its_own_is_itself() -> None:
    assert normalised("Choose.\n\nOptions:\nred, green") == "choose. options: red, green"
