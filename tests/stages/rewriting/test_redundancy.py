from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.tasks.every import POCKET
from data.tasks.generate import generate
from makers.pocket.reasoning import long_reasoning
from makers.pocket.voices.every import VOICES
from stages.replies.split_reply import chain_of_thought
from stages.rewriting.redundancy import cut_by_rules
from stages.rewriting.rewritten import Offer, Standards, judged
from stages.rewriting.standards.foreign_numbers import numbers
from tests.stages.traces import QUESTION, WORDS, marked, trace


def cut(cot: str, question: str = QUESTION, gold: str = "20") -> str:
    return cut_by_rules(trace(marked(cot, gold), question, gold))


def test_drops_checks_once_the_answer_is_established() -> None:
    assert cut("15 + 8 - 3 = 20. So the answer is 20.\n\nLet me check: 20 + 3 = 23, and 23 - 8 = 15. It fits.") == (
        "15 + 8 - 3 = 20. So the answer is 20."
    )


@pytest.mark.parametrize(
    "loop",
    [
        "Wait, let me recheck. 7+8=15. ",
        "Wait, let me recheck.\n7+8=15.\n",
        "Hmm. 7+8=15. Is that so? It is. Let me see again. ",
        "7+8=15.\n",
        "Hmm.\nHmm.\nHmm.\nSo 7+8=15.\n",
    ],
)
def test_a_loop_collapses_to_one_copy_before_it_is_judged(loop: str) -> None:
    row = trace(marked("7 red and 8 blue. " + loop * 40, "15"), "Ann has 7 red and 8 blue pens. How many?", "15")

    short = judged(Offer(cut_by_rules(row)), row, Standards(), WORDS)

    assert short.reason is None
    assert chain_of_thought(short.reply).count("7+8=15.") == 1


def test_work_on_digits_that_are_alike_is_no_loop() -> None:
    assert cut("111 + 111:\n1 + 1 = 2.\n1 + 1 = 2.\n1 + 1 = 2.\nSo 222.").count("1 + 1 = 2.") == 3


def test_keeps_a_second_thought_that_changes_the_answer() -> None:
    cot = "15 + 8 = 22. So the answer is 22.\nWait, 15 + 8 is 23.\nSo 23 - 3 = 20. So the answer is 20."

    assert cut(cot) == cot


def test_keeps_what_brings_new_numbers_behind_a_check() -> None:
    first = "First, 15 + 8 - 3 = 20. So the answer is 20."
    more = "Tom also earns 4 and spends 4, so 20 + 4 - 4 = 20."

    assert cut(f"{first}\nWait, there is a second part.\n{more}\nSo it is 20 again.") == f"{first}\n{more}"


def test_keeps_a_check_whose_number_is_used_in_what_stays() -> None:
    first = "First, 15 + 8 - 3 = 20. So the answer is 20."
    second = "Wait, he also earns 4.\nHe spends those 4 on 2 boxes of 2, so it stays 20."

    assert cut(f"{first}\n{second}\nWait, is that all? It is.") == f"{first}\n{second}"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", ["!" * 50_000, "!" * 50_000 + "xx", "so" + "," * 50_000 + "xx", "so " * 50_000])
def test_signs_in_any_number_are_cut_in_a_time_that_grows_with_their_length(text: str) -> None:
    assert cut(f"{text}\n15 + 8 - 3 = 20.").endswith("15 + 8 - 3 = 20.")


def test_keeps_a_check_before_there_is_an_answer() -> None:
    cot = "15 + 8 = 23.\nLet me check: 23 - 8 = 15.\nThen 23 - 3 = 20. So the answer is 20."

    assert cut(cot) == cot


def test_drops_restatements_filler_and_repeats() -> None:
    cot = (
        "Okay, let me think about it.\nTom has 15 coins. Tom finds 8 more coins.\n15 + 8 = 23 coins.\n"
        "15 + 8 = 23 coins.\nHmm, let me be careful here.\n23 - 3 = 20 coins. So the answer is 20."
    )

    assert cut(cot) == "15 + 8 = 23 coins.\n23 - 3 = 20 coins. So the answer is 20."


def test_a_step_that_comes_back_is_no_repeat() -> None:
    cot = "15 + 8 = 23. Go on.\n23 - 3 = 20. Go on.\n15 + 8 = 23. Enough. So the answer is 20."

    assert cut(cot) == cot


def test_keeps_filler_that_brings_a_number_used_later() -> None:
    cot = "Let me think of 23 for a moment.\nThen 23 - 3 = 20. So the answer is 20."

    assert cut(cot) == cot


def test_keeps_what_the_question_does_not_say() -> None:
    cot = "The coins that Tom loses were borrowed from Ann.\n15 + 8 - 3 = 20. So the answer is 20."

    assert cut(cot) == cot


def test_a_reasoning_without_anything_to_spare_stays_as_it_is() -> None:
    cot = "15 + 8 = 23.\n\n23 - 3 = 20."

    assert cut(cot) == cot


@pytest.mark.parametrize("name", POCKET)
def test_the_pocket_worlds_checks_and_remarks_go_and_every_step_stays(name: str) -> None:
    voice = VOICES[name]
    for number, problem in enumerate(generate(name, count=30, seed=3, split="train", difficulties=None)):
        told = long_reasoning(voice, problem, Random(number), checks=number % 6)
        left = cut_by_rules(trace(marked(told, problem.gold), problem.question, problem.gold))

        assert "check" not in left
        assert "careful" not in left
        assert [line for line in voice.elaborate(problem) if line not in left] == []


PIECES = (
    "Hmm, think of {}.",
    "Let me see {}.",
    "Tom has {} coins.",
    "Then {} + {} = {}.",
    "So {} it is, so far so good.",
)


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.lists(st.integers(1, 30), min_size=3, max_size=3)), max_size=12))
def test_no_sentence_goes_that_brings_a_number_used_later(pieces: list[tuple[str, list[int]]]) -> None:
    told = [piece.format(*figures) for piece, figures in pieces]
    left = cut("\n".join([*told, "15 + 8 - 3 = 20. So the answer is 20."])).split("\n")

    known = numbers(QUESTION)
    for at, sentence in enumerate(told):
        kept = sentence in left
        used_later = set[str]().union(*(numbers(later) for later in told[at + 1 :]))
        assert kept or not (numbers(sentence) - known) & used_later
        known |= numbers(sentence) if kept else set()


BEHIND = ("Wait, think of {}.", "Let me check: {} + {} = {}.", "Then {} + {} = {}.", "It fits {}.", "So it does.")


@given(st.lists(st.tuples(st.sampled_from(BEHIND), st.lists(st.integers(1, 30), min_size=3, max_size=3)), max_size=9))
def test_behind_the_answer_no_new_number_goes_that_a_sentence_which_stays_uses(
    pieces: list[tuple[str, list[int]]],
) -> None:
    told = ["15 + 8 - 3 = 20. So the answer is 20.", *(piece.format(*figures) for piece, figures in pieces)]
    left = cut("\n".join(told)).split("\n")

    known = numbers(QUESTION) | {"20"}
    for at, sentence in enumerate(told):
        used_later = set[str]().union(*(numbers(later) for later in told[at + 1 :] if later in left))
        assert sentence in left or not (numbers(sentence) - known) & used_later
        assert sentence in left or sentence.startswith(("Wait", "Let me check")) or numbers(sentence) <= known
        known |= numbers(sentence)
