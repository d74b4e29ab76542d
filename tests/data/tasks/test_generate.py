import pytest

from data.errors import ConfigError, InputError
from data.tasks.addition import Addition
from data.tasks.generate import generate, split_of


def test_two_wordings_of_one_problem_are_in_the_same_split() -> None:
    for a in range(10, 60):
        wordings = (f"What is {a} + 38?", f"Find the sum of 38 and {a}.")

        assert len({split_of(Addition(), question) for question in wordings}) == 1


def test_about_one_problem_in_ten_is_held_out() -> None:
    questions = [f"What is {a} + {b}?" for a in range(100, 200) for b in range(200, 220)]
    held_out = sum(split_of(Addition(), question) == "held_out" for question in questions)

    assert 140 <= held_out <= 260


def test_asked_difficulties_are_the_ones_made() -> None:
    made = {
        problem.difficulty for problem in generate("directions", count=40, seed=0, split="train", difficulties=[8, 9])
    }

    assert made == {8, 9}


def test_an_unknown_task_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"'chess'.*addition.*word_problems"):
        next(generate("chess", count=1, seed=0, split="train"))


def test_impossible_difficulties_are_all_named() -> None:
    with pytest.raises(ConfigError, match=r"\[0, 99\].*1 to 12"):
        next(generate("addition", count=1, seed=0, split="train", difficulties=[0, 3, 99]))


def test_a_task_that_is_used_up_says_so() -> None:
    with pytest.raises(InputError, match="about 38 train problems"):
        list(generate("directions", count=41, seed=0, split="train", difficulties=[1]))
