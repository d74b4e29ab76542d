import pytest

from pipelines.measure.figures import figures, lengths, pass_rates
from pipelines.measure.proportions import wilson
from tests.pipelines.measure.measurements import outcome

FOUR = [
    outcome("a", tokens=10),
    outcome("b", tokens=30),
    outcome("c", "incorrect", tokens=50),
    outcome("d", "undecided", tokens=90, truncated=True),
]


def test_counts_lengths_and_cost_of_each_right_answer() -> None:
    found = figures(FOUR, billion_parameters=2.0)

    assert (found.problems, found.replies, found.correct, found.accuracy) == (4, 4, 2, 0.5)
    assert found.accuracy_interval == wilson(0.5, 4)
    assert found.truncation_rate == 0.25
    assert found.undecided == 0, "a reply that was cut off is counted as that"
    assert found.cot_tokens is not None
    assert found.cot_tokens.mean == 45
    assert found.cot_tokens_correct is not None
    assert found.cot_tokens_correct.mean == 20
    assert found.mean_reply_tokens == 50
    assert found.tokens_per_correct == (15 + 35 + 55 + 95) / 2
    assert found.accuracy_efficiency == pytest.approx(50 / (2.0 * 50))


def test_a_reply_that_never_came_is_not_correct_and_has_no_length() -> None:
    found = figures([*FOUR[:2], outcome("e", "failed", tokens=None)], None)

    assert found.failed == 1
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.truncation_rate == 0
    assert found.cot_tokens is not None
    assert found.cot_tokens.mean == 20
    assert found.accuracy_efficiency is None, "nobody said how large the model is"


def test_samples_of_a_problem_are_one_trial() -> None:
    replies = [outcome(problem, sample=sample) for problem in "ab" for sample in range(50)]
    replies[0] = outcome("a", "incorrect")

    assert figures(replies, None).accuracy_interval == wilson(0.99, 2)


def test_nothing_asked_is_nothing_told() -> None:
    found = figures([], 1.0)

    assert (found.accuracy, found.cot_tokens, found.tokens_per_correct, found.pass_at) == (None, None, None, {})


def test_p90_is_a_length_that_was_seen() -> None:
    ten = lengths([outcome(tokens=n) for n in range(1, 11)])

    assert ten is not None
    assert (ten.mean, ten.median, ten.p90) == (5.5, 5.5, 9)


def test_the_interval_of_a_mean_length_is_that_of_problems_not_of_replies() -> None:
    few = lengths(
        [
            outcome(problem, tokens=tokens, sample=at)
            for problem, tokens in zip("ab", (10, 90), strict=True)
            for at in range(50)
        ]
    )
    many = lengths([outcome(f"p{n}", tokens=10 + 80 * (n % 2)) for n in range(100)])

    assert few is not None
    assert many is not None
    assert few.mean == many.mean == 50
    assert few.mean_interval == (10, 90)
    assert 38 < many.mean_interval[0] < 50 < many.mean_interval[1] < 62


def test_pass_at_k_is_told_for_powers_of_two_and_all_samples() -> None:
    rates = pass_rates([[True, False, False, False, False, False], [False] * 6])

    assert rates == pytest.approx({"1": 1 / 12, "2": 1 / 6, "4": 1 / 3, "6": 0.5})
    assert pass_rates([[True], [False]]) == {}
