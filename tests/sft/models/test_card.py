from pathlib import Path
from typing import Any

import pytest
import yaml

from data.errors import ArtifactError
from sft.models.card import BEGIN, CARD, END, NOTHING, card, write_measured
from sft.models.record import update

HOSTILE = f"x | <script>alert(1)</script> ![a](http://evil) `b` {BEGIN} {END}\n# Another"


def record(name: str = "it", **more: Any) -> dict[str, Any]:
    """Return a record of training in which everything that has a name bears this one."""
    stage = {"name": name, "rows": 1, "step": 1, "loss": None, "held_out_loss": None}
    return {
        "base": {"model": name, "revision": name, "digest": "d"},
        "dataset": {"name": name, "version": name, "config": name, "digest": "d"},
        "trained": {"stages": [stage], "dropped": {name: 1}},
        "settings": {"adapter": {"kind": "lora", "targets": [name]}, "schedule": {"kind": name}},
        **more,
    }


def test_what_was_measured_goes_into_the_slot_as_often_as_one_likes(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(f"before\n{BEGIN}\n{NOTHING}\n{END}\nafter\n", "utf-8")

    for text in ("| accuracy | 0.9 |", "| accuracy | 0.8 |\n"):
        write_measured(tmp_path, text)

    assert (tmp_path / CARD).read_text("utf-8") == f"before\n{BEGIN}\n| accuracy | 0.8 |\n{END}\nafter\n"


@pytest.mark.parametrize("page", [None, "", f"{END} {BEGIN}", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_a_slot_is_refused(tmp_path: Path, page: str | None) -> None:
    if page is not None:
        (tmp_path / CARD).write_text(page, "utf-8")

    with pytest.raises(ArtifactError, match="no card with a slot"):
        write_measured(tmp_path, "text")


@pytest.mark.parametrize(
    ("direction", "tokens", "end"),
    [("long_to_short", "fewer tokens", "1 thinks shortest"), ("short_to_long", "more tokens", "1 thinks longest")],
)
def test_the_card_says_which_way_the_update_turns(direction: str, tokens: str, end: str) -> None:
    page = card(record(update=update(direction)))

    assert f"so as to think in {tokens}. Scaled by" in page
    assert f"0 is the base, {end}." in page


def test_stages_that_get_longer_are_not_said_to_think_in_fewer_tokens() -> None:
    settings = {"adapter": {"kind": "lora"}, "schedule": {"kind": "progressive", "towards": "long"}}

    assert "so as to think in more tokens.\n" in card(record(settings=settings))


def test_no_name_can_forge_a_card(tmp_path: Path) -> None:
    (tmp_path / CARD).write_text(card(record(HOSTILE)), "utf-8")

    write_measured(tmp_path, "| accuracy | 0.9 |")

    page = (tmp_path / CARD).read_text("utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    _, front, body = page.split("---\n", 2)
    assert yaml.safe_load(front).keys() == yaml.safe_load(card(record()).split("---\n")[1]).keys()
    assert yaml.safe_load(front)["base_model"] == HOSTILE
    assert "<script>" not in body and "![a](" not in body
    assert sum(line.startswith("# ") for line in body.splitlines()) == 1
    assert page.count("\n") == card(record()).count("\n")
