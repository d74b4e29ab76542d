from rich.console import Console

from flows.views.report_markdown import report_markdown
from flows.views.votes_view import vote_tables

AT = [
    {"margin": 8, "answered": 3, "judged": 2, "correct": 1, "precision": 0.5},
    {"margin": 2, "answered": 1, "judged": 0, "correct": 0, "precision": None},
]
VOTES = {"polled": 9, "answered": 4, "yield": 4 / 9, "precision": 0.5, "by_margin": AT}


def test_a_method_that_voted_has_a_table_and_others_have_none() -> None:
    console = Console(record=True, width=100)
    for table in vote_tables({"voting": {"votes": VOTES}, "other": {"votes": None}, "old": {}}):
        console.print(table)
    shown = console.export_text()

    assert shown.count("Votes of") == 1
    assert "Votes of voting: 4 of 9 problems answered" in shown
    assert [line.split()[1::2] for line in shown.splitlines() if "│" in line] == [
        ["8", "3", "2", "1", "50.0%"],
        ["2", "1", "0", "0", "-"],
    ]


def test_the_page_tells_the_votes_and_the_cautions() -> None:
    empty = {"verdicts": {}, "rejected": {}, "remarks": {}, "suspect_golds": [], "after": {"mean": 0.0}}
    method = {
        **empty,
        "problems": 9,
        "solved": 4,
        "traces": 72,
        "rows": 4,
        "before_same_problems": 1.0,
        "after_same_problems": 0.0,
        "votes": VOTES,
    }
    page = report_markdown("n", "d", {"methods": {"m": method}, "usage": {}, "cautions": ["m: mind the step"]}, None)

    assert "mind the step.**" in page
    assert "| m | 8 | 3 | 2 | 1 |" in page
    assert "| m | all | 4 of 9 | | 50.0% |" in page
