import pytest

from pipelines.build.suspects import FEWEST_TRIES, Suspects


def rows(gold: str, *verdicts: str) -> list[dict[str, str]]:
    return [{"problem_id": "p", "gold": gold, "verdict": verdict} for verdict in verdicts]


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
