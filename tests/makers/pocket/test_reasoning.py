from random import Random

import pytest

from data.tasks.every import POCKET
from data.tasks.generate import generate
from makers.pocket.reasoning import checks_wanted, long_reasoning
from makers.pocket.voices.every import VOICES


@pytest.mark.parametrize("name", sorted(POCKET))
def test_every_check_tells_the_answer_again(name: str) -> None:
    for problem in generate(name, count=20, seed=1, split="train"):
        for checks in range(4):
            text = long_reasoning(VOICES[name], problem, Random(0), checks)

            assert text.count(f"The answer is {problem.gold} again.") == checks
            assert text.count(f"So the answer is {problem.gold}.") == 1


def test_lengths_vary_and_two_checks_are_the_likeliest_path() -> None:
    rng = Random(0)
    wanted = [checks_wanted(rng) for _ in range(4000)]
    at_least = [sum(checks >= n for checks in wanted) for n in range(5)]

    assert {0, 1, 2, 3, 4, 5} == {*wanted}
    assert at_least[1] > at_least[0] / 2
    assert at_least[2] > at_least[1] / 2
    assert at_least[3] < at_least[2] / 2
