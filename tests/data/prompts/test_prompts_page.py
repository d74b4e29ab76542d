"""The examples of docs/prompts.md are parts of run files as they stand, and its lists are complete."""

import re
from pathlib import Path

import pytest

from data.prompts.presets import PRESETS
from data.spec import load
from data.thinking.marks import FAMILIES
from pipelines.build.run_file import Run

PAGE = (Path(__file__).parents[3] / "docs" / "prompts.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
REST = """
name: example
problems: {kind: task, task: addition, count: 2}
engine: {kind: fake}
"""
METHODS = "methods: [{kind: shortest_correct, zero_shot: 2}]\n"


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_is_read_as_it_stands(tmp_path: Path, number: int) -> None:
    example = EXAMPLES[number]
    plain, own = tmp_path / "plain.yaml", tmp_path / "own.yaml"
    plain.write_text(REST + METHODS, "utf-8")
    own.write_text(REST + example + ("" if "methods:" in example else METHODS), "utf-8")

    assert load(Run, own) != load(Run, plain)


def test_every_preset_is_on_the_page_with_its_words() -> None:
    missing = [
        text
        for name, preset in PRESETS.items()
        for text in (f"| `{name}` |", preset.system.replace("\n", "⏎"), preset.user.replace("\n", "⏎"), preset.source)
        if text not in PAGE
    ]

    assert missing == []


def test_every_mark_is_on_the_page() -> None:
    assert [family.open for family in FAMILIES if f"`{family.open}` ... `{family.close}`" not in PAGE] == []
