import pytest

from data.errors import InputError
from data.tasks.algebra import Algebra, equation, states

SWAPPED = "What is ★ if ◇ ⊗ d ≡ ★ ⊕ a ⊘ b?"
FULL = ("★ ⊕ a ⊘ b ≡ ◇ ⊗ d", "★ ⊕ a ≡ ◇ ⊗ d ⊗ b", "★ ≡ ◇ ⊗ d ⊗ b ⊖ a")


def test_takes_the_last_term_over_first() -> None:
    assert tuple(states(equation(SWAPPED))) == FULL


def test_sides_may_be_swapped_last() -> None:
    lines = ("◇ ⊗ d ⊗ b ≡ ★ ⊕ a", "◇ ⊗ d ⊗ b ⊖ a ≡ ★", "★ ≡ ◇ ⊗ d ⊗ b ⊖ a")

    assert Algebra().check_steps(SWAPPED, lines) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (0, "★ ⊕ a ⊘ b ≡ ◇ ⊗ c"),
        (1, "★ ⊕ a ≡ ◇ ⊗ d ⊘ b"),
        (1, "★ ⊘ b ≡ ◇ ⊗ d ⊖ a"),
        (2, "★ ≡ ◇ ⊗ d ⊖ a ⊗ b"),
        (2, "★ is known"),
    ],
)
def test_finds_the_wrong_line(line: int, wrong: str) -> None:
    lines = [*FULL]
    lines[line] = wrong

    assert f"line {line + 1}" in Algebra().check_steps(SWAPPED, lines)[0]


def test_steps_back_are_faults() -> None:
    assert Algebra().check_steps(SWAPPED, (FULL[1], FULL[0], FULL[2]))


@pytest.mark.parametrize(
    "question", ["What is ★ if ◇ ⊕ ★ ≡ ◇?", "What is ★ if ★ ⊕ a ≡ ★?", "What is ★ if ★ ≡ a?", "What is it?"]
)
def test_equations_outside_the_task_are_refused(question: str) -> None:
    with pytest.raises(InputError, match="one star"):
        equation(question)
