"""The run files of docs/running.md are valid, all of them."""

import re
from pathlib import Path

import pytest

from pipelines.build.build import read_order
from tests.flows.builds import ROOT

BLOCKS = re.findall(r"^```yaml\n(name: .*?)^```", (ROOT / "docs" / "running.md").read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize("block", BLOCKS, ids=[block.partition("\n")[0].removeprefix("name: ") for block in BLOCKS])
def test_an_example_is_valid(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    path = tmp_path / "run.yaml"
    path.write_text(f"{block}runs: {tmp_path}\n")

    order = read_order(path)

    assert order.plan.steps


def test_there_are_examples() -> None:
    assert {block.partition("\n")[0] for block in BLOCKS} >= {"name: two-teachers", "name: judged"}
