import pytest

from stages.rewriting.standards.foreign_numbers import Unknown, numbers, unknown_numbers

EGGS = "A hen lays 16 eggs. She eats three and bakes four. The rest go at $2 each; 60% are brown."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 coins", {"1000"}),
        ("$3.50 and 007", {"3.5", "7"}),
        ("60\\% of it", {"60", "0.6"}),
        ("twice a dozen", {"2", "12"}),
        ("half", {"0.5", "2"}),
        ("no figures", set()),
    ],
)
def test_a_number_is_written_one_way(text: str, found: set[str]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("16 - 3 - 4 of them, at 2", Unknown()),
        ("0.6 of 16.0", Unknown()),
        ("16 - 3 - 4 = 9, 9 * 2 = 18", Unknown(derived=("18", "9"))),
        ("16 - 3 - 4 = 10", Unknown(foreign=("10",))),
        ("16 - 5 = 11", Unknown(foreign=("11", "5"))),
        ("16 - 3 = 13 - 4 = 9", Unknown(derived=("13", "9"))),
        ("2 + 3 * 4 = 14 is 16 / 0 = 77", Unknown(derived=("14",), foreign=("0", "77"))),
        ("1. 16 eggs\n2. 3 eaten\nStep 9: 4 baked", Unknown()),
    ],
)
def test_a_number_stands_in_a_source_is_derived_or_foreign(text: str, unknown: Unknown) -> None:
    assert unknown_numbers(text, EGGS) == unknown


@pytest.mark.parametrize("text", ["1 + " * 20000, "1 + 1 = 2 " * 5000, "9" * 50000 + " = 2", "1,111" * 20000])
def test_no_text_takes_long(text: str) -> None:
    assert unknown_numbers(text, "1") != Unknown(derived=("1",))
