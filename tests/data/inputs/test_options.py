import json
from pathlib import Path
from typing import Any

import pytest

from data.inputs.options import read_options, with_options
from data.inputs.record import BadRow


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (["A)32400", "B)6000", "C)600"], ("32400", "6000", "600")),
        (["red", "green"], ("red", "green")),
        (["A) red", "green"], ("A) red", "green")),
        ("a ) 12 , b ) 16 , c ) 1 , 000", ("12", "16", "1 , 000")),
        ("a ) rs . 5 ( a ) , b ) b , c ) none of a , d ) e", ("rs . 5 ( a )", "b", "none of a", "e")),
        ("a ) a ) 15 , b ) b ) 10", ("15", "10")),
        ("['a ) 462 cm ²', 'b ) none']", ("462 cm ²", "none")),
        ({"text": ["one", "two"], "label": ["A", "B"]}, ("one", "two")),
    ],
)
def test_reads_options_without_their_letters(value: Any, texts: tuple[str, ...]) -> None:
    assert read_options(value, "options") == texts


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (12, "wrong_type"),
        (["one", 2], "wrong_type"),
        (["one"], "unreadable_options"),
        (["one", " "], "unreadable_options"),
        (["x"] * 11, "unreadable_options"),
        ("no letters at all", "unreadable_options"),
    ],
)
def test_says_why_options_cannot_be_read(value: Any, reason: str) -> None:
    with pytest.raises(BadRow) as told:
        read_options(value, "options")

    assert [fault.reason for fault in told.value.faults] == [reason]


def test_shows_the_options_below_the_question() -> None:
    assert with_options("How many?\n", ("ten", "twelve")) == "How many?\n\nOptions:\nA) ten\nB) twelve"


def test_reads_the_five_options_of_every_mathqa_problem(shared: Path) -> None:
    lines = (shared / "data" / "mathqa" / "test.jsonl").read_text("utf-8").splitlines()

    read = [read_options(json.loads(line)["options"], "options") for line in lines]

    assert len(read) == 1000
    assert {len(texts) for texts in read} == {5}
    assert not [text for texts in read for text in texts if text[:3] in ("a )", "b )", "c )", "d )", "e )")]
