import re
from random import Random

import pytest

from data.prompts.wording import CONCISE, END_THINK, THINK
from data.tasks.every import POCKET
from data.tasks.generate import split_of
from makers.pocket import lessons
from makers.pocket.lessons import Subject, lesson, subject

DRAWN = 25


def words(text: str) -> int:
    return len(text.split())


def thought(messages: list[dict[str, str]]) -> str:
    return messages[-1]["content"].removeprefix(f"{THINK}\n").partition(f"\n{END_THINK}\n")[0]


@pytest.fixture(params=sorted(POCKET))
def subjects(request: pytest.FixtureRequest) -> list[Subject]:
    rng = Random(3)
    return [subject(rng, words, request.param) for _ in range(DRAWN)]


def test_every_reply_ends_in_the_right_box() -> None:
    rng = Random(1)
    for _ in range(100):
        reply = lesson(rng, words)[-1]["content"]

        assert re.fullmatch(r"<think>\n.+\n</think>\nThe answer is \\boxed\{[^{}]+\}\.", reply, re.DOTALL)


def test_lessons_are_the_same_for_the_same_seed() -> None:
    first, again = ([lesson(rng, words) for _ in range(50)] for rng in (Random(2), Random(2)))

    assert first == again


def test_no_lesson_is_about_a_held_out_problem(subjects: list[Subject]) -> None:
    assert {split_of(it.task, it.problem.question) for it in subjects} == {"train"}


def test_concise_is_shorter_than_the_default_with_the_same_answer(subjects: list[Subject]) -> None:
    for it in subjects:
        long, short = lessons.at_length(it), lessons.concise(it)

        assert CONCISE in short[0]["content"]
        assert words(thought(short)) < words(thought(long)) / 2
        assert f"\\boxed{{{it.problem.gold}}}" in short[-1]["content"]


def test_a_budget_is_kept_wherever_any_reply_fits(subjects: list[Subject]) -> None:
    for it in subjects:
        prompt, answer = lessons.within_budget(it)
        budget = int(re.findall(r"less than (\d+) tokens", prompt["content"])[0])

        assert words(answer["content"]) < budget or thought([answer]) == it.voice.terse(it.problem)


def test_step_counts_are_kept_exactly_by_valid_steps(subjects: list[Subject]) -> None:
    for it in subjects:
        prompt, answer = lessons.in_steps(it)
        asked = int(re.findall(r"in (\d+) steps", prompt["content"])[0])
        lines = thought([answer]).splitlines()

        assert len(lines) == asked
        assert it.task.check_steps(it.problem.question, lines) == []


def test_a_rewriting_is_shorter_than_its_source(subjects: list[Subject]) -> None:
    for it in subjects:
        prompt, answer = lessons.rewrite(it)
        source = re.findall(r"\[(\w+)\]\n(.*)\n\[/\1\]", prompt["content"], re.DOTALL)[0][1]

        assert words(thought([answer])) <= words(source)


def test_examples_come_before_a_question_of_the_same_wording(subjects: list[Subject]) -> None:
    for it in subjects:
        messages = lessons.like_before(it)

        assert len(messages) in (4, 6, 8)
        assert all(CONCISE not in message["content"] for message in messages)
        assert thought(messages) == it.voice.concise(it.problem)
