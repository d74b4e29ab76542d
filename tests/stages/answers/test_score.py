"""Scoring the rows of a file."""

from stages.answers.score import confusion, score_rows

ROWS: list[dict[str, object]] = [
    {"gold": "4", "prediction": "so \\boxed{4}", "expected": True},
    {"gold": "4", "prediction": "5", "pred_form": "answer", "expected": False},
    {"gold": "ACD", "prediction": "DCA", "pred_form": "answer", "kind": "choice", "expected": True},
    {"gold": 4, "prediction": "\\boxed{5}", "expected": True},
    {"gold": None, "prediction": "\\boxed{5}"},
    {"gold": "1", "prediction_parts": [["\\boxed{", 1], ["7", 5000], ["}", 1]], "kind": "math", "expected": False},
]


def test_every_row_gets_a_verdict_in_order() -> None:
    results = list(score_rows(ROWS))

    assert [result["verdict"] for result in results] == [
        "correct",
        "incorrect",
        "correct",
        "incorrect",
        "undecided",
        "incorrect",
    ]
    assert results[4]["reason"] == "gold"


def test_the_confusion_counts_and_points_at_what_went_wrong() -> None:
    table = confusion(score_rows(ROWS))

    assert table.rows == len(ROWS)
    assert table.to_look_at == [(3, "false_reject")]
    assert table.by_kind["choice"]["right"] == 1
    assert sum(sum(counts.values()) for counts in table.by_rule.values()) == len(ROWS)


def test_golds_that_nothing_matches_are_suspect() -> None:
    rows = [{"gold": "7", "prediction": f"\\boxed{{{n}}}"} for n in range(4)] + [{"gold": "proof", "prediction": "1"}]

    table = confusion(score_rows(rows))

    assert table.suspect_golds == [("proof", "sentinel"), ("7", "never_matched")]
