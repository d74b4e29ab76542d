"""Verdicts: the table of `verdicts.jsonl`, and what holds whatever the answer."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from stages.answers.check import CHECKER_VERSION, check_answer
from stages.answers.find.gold import gold_answer
from stages.answers.kinds import infer_kind

ROWS = [json.loads(line) for line in (Path(__file__).parent / "verdicts.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['gold']} <- {row['prediction']}")
def test_gives_the_verdict_of_the_table(row: dict[str, Any]) -> None:
    verdict = check_answer(row["prediction"], row["gold"], kind=row.get("kind"), bare=row["pred_form"] == "answer")

    assert (verdict.verdict == "correct") == row["expected"], verdict


def test_a_kind_that_was_inferred_once_and_recorded_changes_no_verdict() -> None:
    rows = [row for row in ROWS if row["gold"].strip() and "kind" not in row]

    changed = [
        row
        for row in rows
        if check_answer(row["prediction"], row["gold"]).verdict
        != check_answer(row["prediction"], row["gold"], kind=infer_kind(gold_answer(row["gold"]))).verdict
    ]

    assert changed == []


def test_a_reply_cut_off_is_truncated_however_right_it_looks() -> None:
    verdict = check_answer("\\boxed{4}", "4", finish_reason="length")

    assert (verdict.verdict, verdict.reason) == ("undecided", "truncated")


@pytest.mark.parametrize("gold", [None, "", "  ", "\\int_0^1 x\\,dx"])
def test_a_gold_that_cannot_be_read_is_undecided(gold: str | None) -> None:
    verdict = check_answer("\\boxed{1}", gold)

    assert (verdict.verdict, verdict.reason) == ("undecided", "gold")


def test_code_answers_are_refused_by_name() -> None:
    verdict = check_answer("print(4)", "print(4)", kind="code")

    assert (verdict.verdict, verdict.reason) == ("undecided", "code")


def test_a_reply_without_an_answer_says_so() -> None:
    verdict = check_answer("<think> I wonder, \\boxed{4}", "4")

    assert (verdict.verdict, verdict.reason, verdict.extracted) == ("undecided", "no_answer", None)


@pytest.mark.parametrize("text", ["\ud800", "x_{\ud800}+1", "\\text{\udfff}", "\x00", "x_{\u0663}", "\u0663"])
def test_odd_characters_get_a_verdict(text: str) -> None:
    verdicts = {check_answer(text, gold, bare=True).verdict for gold in ("3", "x+\\sqrt{2}", "x_1+1")}

    assert verdicts <= {"correct", "incorrect", "undecided"}


def test_the_last_value_counts_only_when_asked_for() -> None:
    reply = "She buys 3.\nShe eats 2.\nSo she has 1 left."

    verdicts = [check_answer(reply, "1", last_number=flag).verdict for flag in (True, False)]

    assert verdicts == ["correct", "undecided"]


def test_a_verdict_names_the_answer_and_the_rules() -> None:
    verdict = check_answer("So it is \\boxed{\\frac{2}{4}}.", "0.5")

    assert (verdict.extracted, verdict.extraction, verdict.rule) == ("\\frac{2}{4}", "boxed", "number")
    assert CHECKER_VERSION


@pytest.mark.parametrize(
    ("gold", "answer", "kind", "expected"),
    [
        ("(1, 2)", "(2, 1)", "set", True),
        ("(1, 2)", "(2, 1)", "tuple", False),
        ("1, 2", "2, 1", "tuple", False),
        ("ACD", "DCA", "choice", True),
        ("ACD", "ACDE", "choice", False),
        ("B", "Because B is valid", "choice", True),
        ("Y", "True", "boolean", True),
        ("Y", "no", "boolean", False),
        ("east", "seat", "text", False),
        ("e", "2.718281828", "text", False),
    ],
)
def test_a_stated_kind_decides_how_to_compare(gold: str, answer: str, kind: str, expected: bool) -> None:
    verdict = check_answer(answer, gold, kind=kind, bare=True)

    assert (verdict.verdict == "correct") == expected


def test_checks_from_many_threads_at_once() -> None:
    verdicts: list[str] = []

    def check() -> None:
        verdicts.extend(check_answer(f"\\boxed{{\\sqrt{{{4 * n}}}}}", f"2\\sqrt{{{n}}}").verdict for n in range(2, 12))

    threads = [threading.Thread(target=check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert verdicts == ["correct"] * 80
