"""Every block of the pages on training is read by what it is for."""

import json
import re
from typing import Any

import pytest
import yaml

from data.spec import parse
from pipelines.tuning.run_file import Tuning
from sft.models.recipe import Recipe
from tests.flows.builds import ROOT

PAGES = ("training", "training_reference", "converting")
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / f"{page}.md").read_text("utf-8"), re.DOTALL)
    )
]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_is_read_whole(block: str) -> None:
    settings = yaml.safe_load(block)

    read = parse(*_file(settings), where="docs")

    assert read


def test_there_are_run_files_for_one_gpu_for_eight_and_for_none() -> None:
    text = (ROOT / "docs" / "training.md").read_text("utf-8")

    runs = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(name: .*?)```", text, re.DOTALL)]

    assert [run["training"].get("workers", 1) for run in runs] == [1, 8, 1]


def _file(settings: dict[str, Any]) -> tuple[Any, str]:
    """Return what reads a block, and the block as a whole file of that."""
    if "models" in settings:
        return Recipe, json.dumps(settings)
    training = settings.get("training", settings)
    whole = {"base": {"model": "base"}, "dataset": {"path": "rows"}} | training
    return Tuning, json.dumps(
        {"name": "page"} | {key: settings[key] for key in ("where",) if key in settings} | {"training": whole}
    )
