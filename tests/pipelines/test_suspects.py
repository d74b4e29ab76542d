import pytest

from pipelines.build.suspects import FEWEST_TRIES, Suspects

PROBLEM = {"problem_id": "p", "question": "How many?", "answer_kind": "integer"}
CHOICE = "Which is prime?\nA) 6\nB) 7\nC) 8"


def rows(gold: str, *verdicts: str) -> list[dict[str, str]]:
    return [{**PROBLEM, "gold": gold, "verdict": verdict} for verdict in verdicts]


@pytest.mark.parametrize(
    ("gold", "verdicts", "reason"),
    [
        ("7", ["incorrect"] * FEWEST_TRIES, "never_matched"),
        ("7", ["incorrect"] * FEWEST_TRIES + ["correct"], None),
        ("7", ["incorrect"] * (FEWEST_TRIES - 1), None),
        ("7", ["undecided"] * 20, None),
        ("proof", ["undecided"], "sentinel"),
        ("\\boxed{1} \\boxed{2}", ["correct"], "several_boxes"),
        ("", ["undecided"], "empty"),
    ],
)
def test_a_gold_is_listed_with_what_makes_it_suspect(gold: str, verdicts: list[str], reason: str | None) -> None:
    suspects = Suspects()
    for row in rows(gold, *verdicts):
        suspects.add([row])

    assert [found["reason"] for found in suspects.listed()] == ([] if reason is None else [reason])


@pytest.mark.parametrize(
    ("gold", "kind", "verdict", "reason"),
    [
        ("7", "integer", "incorrect", "option_read_as_value"),
        ("B", "text", "undecided", "option_read_as_value"),
        ("B", "choice", "incorrect", None),
        ("7", "integer", "correct", None),
        ("9", "integer", "incorrect", None),
    ],
)
def test_a_gold_that_is_an_option_and_read_as_a_value_is_listed(
    gold: str, kind: str, verdict: str, reason: str | None
) -> None:
    suspects = Suspects()
    suspects.add([{**PROBLEM, "question": CHOICE, "gold": gold, "answer_kind": kind, "verdict": verdict}])

    assert [found["reason"] for found in suspects.listed()] == ([] if reason is None else [reason])
