import pytest

from stages.replies.answer_segment import BOXED, Parts, box_wrappers, parts_of

WORK = "She sells 9 eggs.\n9 * 2 = 18 dollars."


@pytest.mark.parametrize(
    "said",
    [
        "\\boxed{18}",
        "The answer is \\boxed{18}.",
        "Thus, Janet makes \\(\\boxed{18}\\) dollars every day.",
        "$\\boxed{18}$\n\nThe final answer is: $\\boxed{18}$",
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


PROSE = [
    "Ann has 9 apples and Bob has 6. Thus Ann has 3 more. Hence Bob needs 3 apples. Therefore Bob buys 3 apples at 2 "
    "dollars each. As a result he pays 6 dollars.",
    "A million is 1,000,000 and a thousand squared, hence 10⁶ exactly.",
    "Genghis Khan had many sons. Julius Caesar had three children. Thus Khan has more descendants.",
    "A sponge soaks up water. Therefore the final result is that the water is gone from the table.",
    "Plants need light. Hence option B fits, because a cellar is dark.",
    "The answer is not 5, because 5 is odd.",
    "The answer is that the moon turns once while it goes round the earth once, so that we see one side.",
]


@pytest.mark.parametrize("prose", PROSE)
def test_prose_that_draws_a_conclusion_is_reasoning(prose: str) -> None:
    assert [parts_of(prose, answer).reasoning for answer in ("6", "no", None)] == [prose] * 3


@pytest.mark.parametrize("prose", PROSE)
@pytest.mark.parametrize(
    "said",
    [
        "The answer is 6.",
        "#### 6",
        "So the answer is \\boxed{6}.",
        "**Final Answer:** 6",
        "**Final Answer**\n\n\\boxed{6}",
        "最终答案：\n\\boxed{6}",
    ],
)
def test_only_the_last_sentence_states_the_answer(prose: str, said: str) -> None:
    parts = parts_of(f"{prose} {said}" if "#" not in said else f"{prose}\n{said}", "6")

    assert parts.reasoning.rstrip() == prose
    assert parts.tail == said


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("So the answer is no.", "no"),
        ("The correct answer is (B).", "B"),
        ("所以答案是7。", "7"),
        ("La respuesta es 7.", "7"),
        ("The answer is 1,200 dollars.", "1200"),
    ],
)
def test_the_answer_may_be_a_word_a_letter_or_in_another_language(said: str, answer: str) -> None:
    assert parts_of(f"It is dark there. {said}", answer).tail == said


def test_a_last_sentence_that_announces_another_answer_is_reasoning() -> None:
    text = "We get 7. At first I thought that the answer is 9."

    assert parts_of(text, "7").reasoning == text


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


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["the answer is ", "answer", "Answer: x = ", "#### ", ". ", "\\boxed{1} ", "thus ", "数。"]
)
def test_a_long_text_of_announcements_costs_no_more_than_its_length(piece: str) -> None:
    text = piece * (150_000 // len(piece))
    parts = parts_of(text, "7")

    assert parts.reasoning + parts.tail == text.strip()
