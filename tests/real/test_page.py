"""Every block of docs/real_models.md is a file that its command reads."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.spec import parse
from pipelines.build.run_file import Run
from pipelines.measure.run_file import Measurement
from pipelines.tuning.run_file import Tuning

PAGE = Path(__file__).parents[2] / "docs" / "real_models.md"
KINDS: dict[str, Any] = {"run file": Run, "training": Tuning, "measurement": Measurement}
BLOCKS = re.findall(r"```yaml\n# ([a-z ]+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_the_page_holds_a_block_of_every_kind_and_no_other() -> None:
    assert {kind for kind, _ in BLOCKS} == KINDS.keys()
    assert PAGE.read_text("utf-8").count("```yaml") == len(BLOCKS)


@pytest.mark.parametrize(("kind", "block"), BLOCKS)
def test_a_block_is_read_whole(kind: str, block: str) -> None:
    read = parse(KINDS[kind], json.dumps(yaml.safe_load(block)), where="docs/real_models.md")

    assert read.name
