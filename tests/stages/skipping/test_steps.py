import pytest

from stages.skipping.steps import Unit, as_text, normalised, step_lines


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
        ("The answer is not 5 because 2 + 2 = 4.\nThe answer is 4.", 1),
        ("The answer isn't 5.\nThe answer is 4.", 1),
        ("The answer is 4, since 2 + 2 = 4.", 1),
        ("2 + 2 = \\boxed{4}", 1),
        ("x = \\boxed{4}", 0),
        ("a\n```python\nx = 1\n\ny = 2\n```\nb", 3),
        ("Look:\n| a | b |\n|---|---|\n| 1 | 2 |\nthen", 2),
        ("So:\n\\begin{align*}\nx &= 1\\\\\ny &= 2\n\\end{align*}\nDone", 2),
        ("We get\n\\[\nx = 5\n\\]\nok", 3),
        ("Thus:\n$$\nx = 1\n$$\nok", 2),
        ("This is a long sentence that was broken by an editor into\ntwo lines.\nand a list", 2),
        ("```\nnever closed\nx", 3),
    ],
)
def test_steps_are_the_lines_that_are_neither_blank_nor_the_answer(reasoning: str, steps: int) -> None:
    assert len(step_lines(reasoning)) == steps


@pytest.mark.parametrize(
    ("unit", "steps"),
    [
        ("line", ("First one. Then two.", "c", "d", "e")),
        ("sentence", ("First one.", "Then two.", "c", "d", "e")),
        ("paragraph", ("First one. Then two.\nc", "d\ne")),
    ],
)
def test_a_step_is_a_line_a_sentence_or_a_paragraph(unit: Unit, steps: tuple[str, ...]) -> None:
    text = "First one. Then two.\nc\n\nd\ne\n\nThe answer is 4."

    assert step_lines(text, unit) == steps
    assert step_lines(as_text(steps, unit), unit) == steps


def test_marks_of_a_calculator_leave() -> None:
    assert step_lines("48/2 = <<48/2=24>>24 clips\n#### 24") == ("48/2 = 24 clips",)


def test_a_block_is_read_again_as_the_same_step() -> None:
    steps = step_lines("So:\n\\[\nx = 5\n\\]\n| a |\n| b |\nend")

    assert step_lines(as_text(steps)) == steps
    assert len(steps) == 3


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["```\n", "|\n", "\\[\n", "$$\n", "\\begin{a}\n", "<<", "a\n", "The answer is "])
def test_steps_are_read_in_a_time_that_grows_with_the_reasoning(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert step_lines(text, "paragraph") is not None
    assert step_lines(text, "sentence") is not None


def test_chains_that_differ_in_blanks_case_or_answer_line_are_the_same() -> None:
    assert normalised("North.  a\n\nb ") == normalised("north. a\nb\nThe answer is b.")
    assert normalised("a\nb") != normalised("a b")


def test_a_hostile_line_costs_no_time() -> None:
    assert len(step_lines("so" + " " * 100_000 + "\n" + "so the " * 50_000)) == 2
