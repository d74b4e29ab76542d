import json
from pathlib import Path
from typing import Any

import pytest

from data.golds import Extractor, Gold, UnreadableGold, read_gold

OPTIONS = ("10 km", "B", "12 km", "14 km")


@pytest.mark.parametrize(
    ("extractor", "value", "text", "kind"),
    [
        ("gsm8k", "6 + 6 = <<6+6=12>>12\n#### 12", "12", "integer"),
        ("gsm8k", "#### 40,000", "40000", "integer"),
        ("gsm8k", "#### -1,234,567\n", "-1234567", "integer"),
        ("gsm8k", "#### $5", "5", "integer"),
        ("gsm8k", "#### 1 #### 2", "2", "integer"),
        ("gsm8k", "#### 2.50", "2.50", "expression"),
        ("gsm8k", "#### 3/4", "3/4", "expression"),
        ("gsm8k", "Plan A: go\nA: 1,200", "1200", "integer"),
        ("boxed", "so \\boxed{1} or rather $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}", "expression"),
        ("boxed", "\\boxed{\\left\\{1, 2\\right.}", "\\left\\{1, 2\\right.", "expression"),
        ("boxed", "\\boxed{a = \\boxed{58,500}}", "58500", "integer"),
        ("boxed", "\\boxed{7} and \\boxed{8", "7", "integer"),
        ("choice", "C", "C", "choice"),
        ("choice", "(d)", "D", "choice"),
        ("choice", "a )", "A", "choice"),
        ("choice", 2, "C", "choice"),
        ("choice", "12 km", "C", "choice"),
        ("boolean", True, "yes", "boolean"),
        ("boolean", False, "no", "boolean"),
        ("boolean", " FALSE ", "no", "boolean"),
        ("boolean", "Yes", "yes", "boolean"),
        ("plain", 18, "18", "integer"),
        ("plain", 18.0, "18", "integer"),
        ("plain", 2.5, "2.5", "expression"),
        ("plain", " 1,450,000 ", "1450000", "integer"),
        ("plain", "1,2", "1,2", "expression"),
        ("plain", "x^2", "x^2", "expression"),
        ("plain", "p - q", "p - q", "expression"),
        ("plain", "north east", "north east", "text"),
    ],
)
def test_reads_the_gold_and_how_answers_compare(extractor: Extractor, value: Any, text: str, kind: Any) -> None:
    assert read_gold(extractor, value, OPTIONS if extractor == "choice" else ()) == Gold(text, kind)


@pytest.mark.parametrize(
    ("extractor", "value", "reason"),
    [
        ("gsm8k", None, "missing_gold"),
        ("plain", "  ", "missing_gold"),
        ("plain", float("nan"), "missing_gold"),
        ("gsm8k", "twelve", "unreadable_gold"),
        ("gsm8k", "#### twelve", "unreadable_gold"),
        ("gsm8k", "#### 4,00", "unreadable_gold"),
        ("gsm8k", 12, "unreadable_gold"),
        ("boxed", "the answer is 5", "unreadable_gold"),
        ("boxed", "\\boxed{}", "unreadable_gold"),
        ("boxed", "\\boxed{5", "unreadable_gold"),
        ("choice", "E", "unreadable_gold"),
        ("choice", 4, "unreadable_gold"),
        ("choice", -1, "unreadable_gold"),
        ("choice", True, "unreadable_gold"),
        ("choice", "99 km", "unreadable_gold"),
        ("boolean", 1, "unreadable_gold"),
        ("boolean", "maybe", "unreadable_gold"),
        ("plain", True, "unreadable_gold"),
        ("plain", ["5"], "unreadable_gold"),
        ("plain", float("inf"), "unreadable_gold"),
    ],
)
def test_says_why_no_gold_can_be_read(extractor: Extractor, value: Any, reason: str) -> None:
    with pytest.raises(UnreadableGold) as told:
        read_gold(extractor, value, OPTIONS if extractor == "choice" else ())

    assert told.value.reason == reason


def test_an_options_text_that_is_a_letter_counts_as_its_text() -> None:
    assert read_gold("choice", "B", OPTIONS).text == "B"
    assert read_gold("choice", "B", ("B", "A")).text == "A"


@pytest.mark.parametrize(("name", "count"), [("train", 7473), ("test", 1319)])
def test_reads_every_gsm8k_gold_whole(shared: Path, name: str, count: int) -> None:
    lines = (shared / "data" / "gsm8k" / f"{name}.jsonl").read_text("utf-8").splitlines()
    answers = [json.loads(line)["answer"] for line in lines]

    golds = [read_gold("gsm8k", answer) for answer in answers]

    assert len(golds) == count
    assert [gold.text for gold in golds] == [answer.split("#### ")[1].replace(",", "") for answer in answers]
    assert {gold.kind for gold in golds} == {"integer"}


def test_reads_the_box_of_every_math500_solution(shared: Path) -> None:
    lines = (shared / "data" / "math500" / "test.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]

    read = [read_gold("boxed", row["solution"]).text.replace(" ", "") for row in rows]

    assert read == [read_gold("plain", row["answer"]).text.replace(" ", "") for row in rows]
