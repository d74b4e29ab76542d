import pytest

from stages.skipping.steps import normalised, step_lines


@pytest.mark.parametrize(
    ("reasoning", "steps"),
    [
        ("", 0),
        ("\n \n\t\n", 0),
        ("a", 1),
        ("a\n\n\nb\n", 2),
        ("a\r\nb", 2),
        ("1. 3 + 4 = 7.\nThe answer is \\boxed{7}.", 1),
        ("1. 3 + 4 = 7.\nSo the answer is 7.", 1),
        ("1. 3 + 4 = 7.\nThus, the answer is 7", 1),
        ("1. 3 + 4 = 7.\nTherefore, the final answer is 7", 1),
        ("1. 3 + 4 = 7.\nAnswer: 7", 1),
        ("1. 3 + 4 = 7.\nThe answer: 7", 1),
        ("1. 3 + 4 = 7.\nThe final answer: 7", 1),
        ("1. 3 + 4 = 7.\n**Answer:** 7", 1),
        ("1. 3 + 4 = 7.\n**Answer**: 7", 1),
        ("1. 3 + 4 = 7.\n**The answer is 7**", 1),
        ("1. 3 + 4 = 7.\n- The answer is 7", 1),
        ("1. 3 + 4 = 7.\nTherefore: the answer is 7", 1),
        ("Sorting them, the answer is found in the next line.\n7", 2),
        ("The answers agree.", 1),
        ("1. 3 + 4 = 7.\n#### 7", 1),
        ("So there are 7 answers in all.", 1),
        ("Step 1: move.\nSwap the sides.\nMove b.", 3),
        ("one line\vstill the same", 1),
    ],
)
def test_steps_are_the_lines_that_are_neither_blank_nor_the_answer(reasoning: str, steps: int) -> None:
    assert len(step_lines(reasoning)) == steps


def test_chains_that_differ_in_blanks_case_or_answer_line_are_the_same() -> None:
    assert normalised("North.  a\n\nb ") == normalised("north. a\nb\nThe answer is b.")
    assert normalised("a\nb") != normalised("a b")


def test_a_hostile_line_costs_no_time() -> None:
    assert len(step_lines("so" + " " * 100_000 + "\n" + "so the " * 50_000)) == 2
