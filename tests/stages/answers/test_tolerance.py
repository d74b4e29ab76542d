"""Numbers within the tolerance of their gold, as in OlympiadBench (VLMEvalKit#1209); the numbers are our own."""

import pytest

from stages.answers.check import check_answer

LIGHT = r"3.0 \times 10^{8} \text{ m/s}"


@pytest.mark.parametrize(
    ("gold", "kind", "tolerance", "reply", "is_right"),
    [
        (LIGHT, None, 1e6, r"\boxed{299792458 \text{ m/s}}", True),
        (LIGHT, None, 1e6, r"\boxed{299792.458 \text{ km/s}}", True),
        (LIGHT, None, 1e6, r"\boxed{299792458}", True),
        (LIGHT, None, 1e6, r"\boxed{2.9 \times 10^{8}}", False),
        (LIGHT, None, 1e6, r"\boxed{299792458 \text{ kg}}", False),
        (LIGHT, None, 1e3, r"\boxed{299792458 \text{ m/s}}", False),
        ("1, 5", "set", 0.1, r"\boxed{5.05, 0.98}", True),
        ("1, 5", "set", 0.1, r"\boxed{5.05, 5.02}", False),
        ("1, 5", "set", 0.1, r"\boxed{5.05}", False),
        ("1, 1.1, 1.2", "set", 0.1, r"\boxed{1.1, 1.2, 1.3}", True),
        ("1, 5", "tuple", 0.1, r"\boxed{5.05, 0.98}", False),
        ("1, 5", "tuple", 0.1, r"\boxed{0.98, 5.05}", True),
        ("1.41", None, 0.01, r"\boxed{\sqrt{2}}", True),
        ("1.41", None, 0.01, r"\boxed{\sqrt{3}}", False),
        ("2,-2", None, 0.1, r"x = \boxed{\pm 2.01}", True),
        ("5", "integer", 0.5, "The answer is 5.4", True),
        ("5", "integer", 0.5, "The answer is 5.6", False),
        ("5", "integer", 0.0, "The answer is 5", True),
        ("5", "integer", 0.0, "The answer is 5.1", False),
        ("x+1", "expression", 0.1, r"\boxed{x+1.01}", False),
        ("A", "choice", 1.0, "B", False),
        ("5", "integer", 0.5, "I do not know.", False),
    ],
)
def test_a_number_may_lie_within_the_tolerance_of_its_gold(
    gold: str, kind: str | None, tolerance: float, reply: str, is_right: bool
) -> None:
    verdict = check_answer(reply, gold, kind=kind, tolerance=tolerance)

    assert (verdict.verdict == "correct") is is_right


def test_nothing_is_near_without_a_tolerance() -> None:
    assert check_answer(r"\boxed{299792458}", LIGHT).verdict == "incorrect"
