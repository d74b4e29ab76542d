from pipelines.measure.compare import Difference, compare
from tests.pipelines.measure.measurements import outcome


def test_every_problem_is_compared_with_itself() -> None:
    base = [outcome("a", tokens=100), outcome("b", tokens=20), outcome("c", "incorrect", tokens=60)]
    model = [outcome("a", tokens=90), outcome("b", "incorrect", tokens=10), outcome("c", tokens=50)]

    found = compare(base, model, seed=0)

    assert (found.problems, found.only_base, found.only_model, found.p) == (3, 1, 1, 1.0)
    assert found.cot_tokens == Difference(-10, (-10, -10))
    assert found.token_ratio == 150 / 180
    assert found.accuracy is not None
    assert found.accuracy.mean == 0


def test_only_problems_that_both_were_asked_count() -> None:
    found = compare([outcome("a"), outcome("b", "incorrect")], [outcome("b")], seed=0)

    assert (found.problems, found.only_model) == (1, 1)


def test_a_problem_one_has_not_replied_to_has_no_difference_of_length() -> None:
    found = compare(
        [outcome("a", tokens=5), outcome("b", "failed", tokens=None)], [outcome("a", tokens=8), outcome("b")], 0
    )

    assert found.cot_tokens == Difference(3, (3, 3))
    assert found.only_model == 1


def test_samples_are_averaged_by_problem_and_the_first_of_each_is_tested() -> None:
    base = [outcome("a", tokens=10), outcome("a", "incorrect", tokens=30, sample=1)]
    model = [outcome("a", "incorrect", tokens=40), outcome("a", "incorrect", tokens=60, sample=1)]

    found = compare(base, model, seed=0)

    assert (found.only_base, found.only_model) == (1, 0)
    assert found.accuracy == Difference(-0.5, (-0.5, -0.5))
    assert found.cot_tokens == Difference(30, (30, 30))


def test_nothing_in_common_is_no_difference() -> None:
    found = compare([], [outcome("a")], seed=0)

    assert (found.problems, found.p, found.accuracy, found.cot_tokens, found.token_ratio) == (0, 1.0, None, None, None)
