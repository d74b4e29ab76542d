import pytest

from data.errors import InputError
from data.tasks.directions import Directions, facings, walk

QUESTION = "You are facing north. Your moves are: turn left, veer right, turn around. Which direction is it now?"
FULL = ("west. veer right, turn around.", "northwest. turn around.", "southeast.")


def test_turns_are_quarters_and_veers_eighths() -> None:
    assert facings(*walk(QUESTION)) == ["north", "west", "northwest", "southeast"]


def test_full_and_merged_chains_pass() -> None:
    for lines in (FULL, FULL[1:], FULL[2:], (FULL[0], FULL[2])):
        assert Directions().check_steps(QUESTION, lines) == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (0, "east. veer right, turn around."),
        (0, "west. turn around, veer right."),
        (1, "northwest. turn left."),
        (1, "west. veer right, turn around."),
        (2, "south."),
    ],
)
def test_finds_the_wrong_line(line: int, wrong: str) -> None:
    lines = [*FULL]
    lines[line] = wrong

    assert f"line {line + 1}" in Directions().check_steps(QUESTION, lines)[0]


def test_unknown_moves_are_all_named() -> None:
    with pytest.raises(InputError, match=r"jump.*hop"):
        walk("You are facing north. Your moves are: jump, turn left, hop. Where now?")
