import pytest

from data.errors import InputError
from data.tasks.word_problems import WordProblems, happenings

QUESTION = (
    "Mia has 12 apples. Mia buys 6 more apples. Mia collects until there are 2 times as many apples. "
    "Mia loses 5 apples. How many apples does Mia have now?"
)
FULL = ("12 + 6 = 18.", "18 * 2 = 36.", "36 - 5 = 31.")


def test_reads_what_happens() -> None:
    start, operations, _ = happenings(QUESTION)

    assert (start, operations) == (12, [("+", 6), ("*", 2), ("-", 5)])


@pytest.mark.parametrize(
    "lines",
    [FULL, ("(12 + 6) * 2 = 36.", "36 - 5 = 31."), ("12 + 6 = 18.", "18 * 2 - 5 = 31."), ("(12 + 6) * 2 - 5 = 31.",)],
)
def test_full_and_merged_chains_pass(lines: tuple[str, ...]) -> None:
    assert WordProblems().check_steps(QUESTION, lines) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [(0, "12 + 6 = 19."), (1, "18 * 3 = 54."), (1, "12 + 6 * 2 = 24."), (2, "36 - 5 = 31 apples."), (2, "31.")],
)
def test_finds_the_wrong_line(line: int, wrong: str) -> None:
    lines = [*FULL]
    lines[line] = wrong

    assert f"line {line + 1}" in WordProblems().check_steps(QUESTION, lines)[0]


def test_a_sentence_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="no word problem"):
        happenings("Mia has 12 apples. Mia paints 3 apples. How many apples does Mia have now?")
