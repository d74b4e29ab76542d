import pytest

from stages.replies.answer_segment import BOXED, Parts, box_wrappers, parts_of

WORK = "She sells 9 eggs.\n9 * 2 = 18 dollars."


@pytest.mark.parametrize(
    "said",
    [
        "\\boxed{18}",
        "The answer is \\boxed{18}.",
        "Thus, Janet makes \\(\\boxed{18}\\) dollars every day.",
        "Therefore she earns \\(\\boxed{18}\\).\n\nThe final answer is: $\\boxed{18}$",
        "The answer is 18.",
        "#### 18",
        "#### 18 dollars",
        "ANSWER: x = 18",
        "**Answer: x = $18**",
        "The final answer is $x = 18$.",
    ],
)
def test_what_only_states_the_answer_is_no_reasoning(said: str) -> None:
    parts = parts_of(f"{WORK}\n\n{said}")

    assert parts.reasoning.rstrip() == WORK
    assert parts.tail == said


@pytest.mark.parametrize(
    "said", ["So 9 * 2 = \\boxed{18} dollars.", "Then 9 are left.", "Answer: x = 9 * 2", "#### 9 * 2 = 18"]
)
def test_a_sentence_that_works_something_out_is_reasoning(said: str) -> None:
    assert parts_of(f"{WORK}\n{said}").reasoning == f"{WORK}\n{said}"


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>\n{WORK}\n</think>\n\nThe answer is \\boxed{{18}}.",
        f"{WORK}\n\\boxed{{18}} and \\boxed{{18}}",
        f"\n\n{WORK}",
        "",
    ],
)
def test_the_parts_are_the_reply(reply: str) -> None:
    parts = parts_of(reply)

    assert (parts.head + parts.reasoning + parts.tail).strip() == reply.strip()


def test_an_empty_thought_is_no_part() -> None:
    assert parts_of("<think>\n</think>\n\\boxed{1}") == Parts("", "", "\\boxed{1}")


@pytest.mark.parametrize(
    "reply",
    [
        f"<think>\n{WORK}\n</think>\nThe answer is \\boxed{{18}}.",
        f"<think>\n{WORK}\n</think>\nIt is \\boxed{{18}}, so \\boxed{{18}}.",
        f"{WORK}\n\nThe answer is \\boxed{{18}}.",
        f"{WORK}\n\n\\boxed{{18}}\n\nThe final answer is: $\\boxed{{18}}$",
        WORK,
    ],
)
def test_other_reasoning_is_followed_by_exactly_one_boxed_answer(reply: str) -> None:
    made = parts_of(reply).with_reasoning("9 2 18", "18")

    assert made.count(BOXED) == 1
    assert "9 2 18" in made
    assert ("</think>" in made) == ("</think>" in reply)


@pytest.mark.parametrize(
    ("reply", "stated"),
    [
        (f"<think>\n{WORK} \\boxed{{18}}\n</think>\nThe answer is \\boxed{{18}}.", True),
        (f"<think>\n{WORK} \\boxed{{18}}\n</think>\nThe answer is 18.", False),
        (f"<think>\n{WORK}\n</think>\nIt is \\boxed{{18}}, so \\boxed{{18}}.", False),
        ("9 * 2 = \\boxed{18} dollars.", True),
        (f"{WORK}\n\\boxed{{18}}", True),
        (f"{WORK}\nThe answer is 18.", False),
    ],
)
def test_an_answer_is_stated_where_it_is_boxed_once_behind_the_reasoning_or_in_it(reply: str, stated: bool) -> None:
    assert parts_of(reply).is_stated == stated


def test_the_wrappers_of_boxes_are_found_and_what_is_boxed_stays() -> None:
    text = "so \\boxed{\\frac{1}{2}} and \\boxed{3"
    left = text
    for begin, end in reversed(box_wrappers(text)):
        left = left[:begin] + left[end:]

    assert left == "so \\frac{1}{2} and 3"


def test_thousands_of_boxes_that_are_never_closed_cost_no_more_than_their_length() -> None:
    text = "\\boxed{" * 50_000

    assert len(box_wrappers(text)) == 50_000
    assert parts_of(text).reasoning + parts_of(text).tail == text
