import pytest

from data.errors import InputError
from data.tasks.addition import Addition, chain, operands

QUESTION = "What is 958 + 67?"
FULL = (
    "1. 8 + 7 (plus carry 0) = 15 (write down 5, carry over 1).",
    "2. 5 + 6 (plus carry 1) = 12 (write down 2, carry over 1).",
    "3. 9 + 0 (plus carry 1) = 10 (write down 10, no carry over).",
)


def test_tells_column_by_column_with_carries() -> None:
    assert chain("958", "67", [1, 1, 1]) == FULL


def test_merged_columns_write_down_every_digit() -> None:
    lines = chain("958", "67", [2, 1])

    assert lines == (
        "1. 58 + 67 (plus carry 0) = 125 (write down 25, carry over 1).",
        "2. 9 + 0 (plus carry 1) = 10 (write down 10, no carry over).",
    )


def test_merged_columns_keep_the_leading_zero_they_write_down() -> None:
    lines = chain("152", "153", [2, 1])

    assert lines[0] == "1. 52 + 53 (plus carry 0) = 105 (write down 05, carry over 1)."


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (0, "1. 8 + 7 (plus carry 0) = 16 (write down 6, carry over 1)."),
        (0, "1. 8 + 7 (plus carry 0) = 15 (write down 5, no carry over)."),
        (1, "2. 5 + 6 (plus carry 0) = 11 (write down 1, carry over 1)."),
        (1, "2. 5 + 7 (plus carry 1) = 13 (write down 3, carry over 1)."),
        (2, "4. 9 + 0 (plus carry 1) = 10 (write down 10, no carry over)."),
        (2, "So it is 1025."),
    ],
)
def test_finds_the_wrong_line(line: int, wrong: str) -> None:
    lines = [*FULL]
    lines[line] = wrong

    assert f"line {line + 1}" in Addition().check_steps(QUESTION, lines)[0]


def test_a_question_without_two_numbers_is_refused() -> None:
    with pytest.raises(InputError, match="two numbers"):
        operands("What is 3 + 4 + 5?")
