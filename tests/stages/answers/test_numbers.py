"""Numbers, read exactly."""

from fractions import Fraction

import pytest

from stages.answers.quantities.numbers import Number, numbers_equal, read_numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234,567.5", "1234567.5"),
        ("1.234.567,5", "1234567.5"),
        ("1 234 567", "1234567"),
        ("12,34,567", "1234567"),
        ("-.5", "-0.5"),
        ("11 5/6", "71/6"),
        ("1\\frac{4}{5}", "9/5"),
        ("\\frac{-3}{4}", "-3/4"),
        ("1.5e-3", "0.0015"),
        ("2 \\times 10^{3}", "2000"),
        ("3.2 million", "3200000"),
        (".(3)", "1/3"),
        ("1,22", "1.22"),
    ],
)
def test_reads_one_number(text: str, value: str) -> None:
    assert [number.value for number in read_numbers(text)] == [Fraction(value)]


@pytest.mark.parametrize(
    "text", ["", "x", "1,2", "1 2", "1/0", "1e999999999", "7" * 1001, "1.2.3", "--", "12,3456,789"]
)
def test_reads_no_number_where_there_is_none(text: str) -> None:
    assert read_numbers(text) == []


@pytest.mark.parametrize(
    ("gold", "answer", "equal"),
    [
        ("7.78", "70/9", True),
        ("0.33", "1/3", False),
        ("1/3", "0.333333", True),
        ("1/3", "0.333", False),
        ("2.23", "2.232", False),
        ("0.066666793", "0.0666668", True),
        ("0.066793", "0.067", False),
        ("100000000000", "99999999999", False),
        ("0.25", "25", False),
    ],
)
def test_a_rounded_number_is_taken_only_where_it_was_rounded(gold: str, answer: str, equal: bool) -> None:
    (one,), (other,) = read_numbers(gold), read_numbers(answer)

    assert numbers_equal(one, other) == equal


def test_equal_values_are_equal_whatever_their_digits() -> None:
    assert numbers_equal(Number(Fraction(1, 2)), Number(Fraction(1, 2), places=3, digits=3))
