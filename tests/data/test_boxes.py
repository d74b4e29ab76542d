import pytest

from data.boxes import closed_boxes, last_boxed, outermost, read_boxes

SPELLINGS = [
    ("so \\boxed{12}.", "12"),
    ("so \\fbox{12}.", "12"),
    ("so \\boxed {12}.", "12"),
    ("so \\boxed\n{ 12 }.", "12"),
    ("so \\\\boxed{12}.", "12"),
    ("a row \\\\\\boxed{12}.", "12"),
    ("so $\\boxed 12$.", "12"),
    ("so $\\boxed7$.", "7"),
    ("so \\boxed B.", "B"),
    ("so \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
    ("so \\boxed{\\{1, 2\\}}", "\\{1, 2\\}"),
    ("so \\boxed{\\boxed{12}}", "12"),
    ("first \\boxed{3}, then \\boxed{12}", "12"),
    ("\\boxed{3 and \\boxed{12}", "12"),
    ("\\boxed{}", ""),
]
"""Forms of lm-evaluation-harness#3116, OpenRLHF#1285, slime#2150, trl#5026 and MATH's solutions."""


@pytest.mark.parametrize(("text", "held"), SPELLINGS)
def test_reads_the_last_box_however_it_is_spelled(text: str, held: str) -> None:
    assert last_boxed(text) == held


@pytest.mark.parametrize("text", ["", "12", "put it in a \\boxed please", "\\boxed{12", "\\boxedx{1}", "boxed{1}"])
def test_what_is_no_box_or_is_never_closed_holds_nothing(text: str) -> None:
    assert last_boxed(text) is None


def test_an_unclosed_box_is_told_and_reaches_to_the_end() -> None:
    text = "\\boxed{4} and \\boxed{12"

    assert [(box.content(text), box.closed) for box in read_boxes(text)] == [("4", True), ("12", False)]
    assert [box.content(text) for box in closed_boxes(text)] == ["4"]


def test_outermost_boxes_hold_those_within_them() -> None:
    text = "\\boxed{a \\fbox{b}} \\boxed{c}"

    assert [box.content(text) for box in outermost(read_boxes(text))] == ["a \\fbox{b}", "c"]


def test_what_makes_a_box_can_be_cut_out_and_what_it_holds_stays() -> None:
    text = "so \\boxed {\\frac{1}{2}}, \\fbox{\\boxed{3}}, \\boxed 4 and \\boxed{5"
    left = text
    for begin, end in sorted((span for box in read_boxes(text) for span in box.wrappers), reverse=True):
        left = left[:begin] + left[end:]

    assert left == "so \\frac{1}{2}, 3, 4 and 5"


@pytest.mark.parametrize("text", ["\\boxed{" * 100_000, "\\boxed{" * 100_000 + "}" * 100_000, "\\boxed{1}" * 100_000])
def test_every_box_of_a_text_that_is_nothing_but_boxes_is_read(text: str) -> None:
    assert len(read_boxes(text)) == 100_000
