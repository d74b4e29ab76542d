import pyarrow as pa

from data.columns import PROBLEM_ID, VERDICT, VOTE
from data.table import from_rows
from pipelines.build.votes import Votes


def table(*rows: tuple[str, tuple[int, int] | None, str]) -> pa.Table:
    made = [
        {
            "problem_id": problem,
            "vote": vote and {"winner": vote[0], "runner_up": vote[1], "cast": sum(vote), "samples": 8},
            "verdict": verdict,
        }
        for problem, vote, verdict in rows
    ]
    return from_rows(made, [PROBLEM_ID, VOTE, VERDICT])


def test_precision_is_told_by_how_clearly_an_answer_won() -> None:
    votes = Votes()
    votes.add(table(("a", (8, 0), "correct"), ("b", (5, 3), "incorrect"), ("c", (5, 3), "correct")))
    votes.add(table(("d", (5, 3), "undecided")))
    votes.add_rejected(table(("e", (4, 4), "correct"), ("e", (4, 4), "incorrect"), ("a", (8, 0), "correct")))

    assert votes.figures() == {
        "polled": 5,
        "answered": 4,
        "yield": 0.8,
        "precision": 2 / 3,
        "by_margin": [
            {"margin": 8, "answered": 1, "judged": 1, "correct": 1, "precision": 1.0},
            {"margin": 2, "answered": 3, "judged": 2, "correct": 1, "precision": 0.5},
        ],
    }


def test_nobody_voted_where_no_row_has_a_vote() -> None:
    votes = Votes()
    votes.add(table(("a", None, "correct")))
    votes.add_rejected(table(("b", None, "incorrect")))

    assert votes.figures() is None
