"""The command that runs a paper's preset."""

import re
from pathlib import Path
from typing import Any

import pytest

from pipelines.papers import smaller
from pipelines.papers.preset import read_preset
from tests.flows.builds import ROOT, Command
from tests.warm_engines import POCKET_ENGINE

PRESETS = Path("examples/papers")


@pytest.fixture(autouse=True)
def root(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where the presets lie, and the models that they name."""
    monkeypatch.chdir(ROOT)


def test_a_dry_run_tells_calls_and_tokens_and_hours_only_from_a_rate(command: Command, tmp_path: Path) -> None:
    asked = ("reproduce", str(PRESETS / "tale-pt-sft"), "--small", "--dry-run", "--runs", str(tmp_path))

    ran = command(*asked)
    rated = command(*asked, "--tokens-per-second", "0.5", "--trained-tokens-per-second", "1")

    assert ran.code == 0, ran.err
    assert "tell a rate" in " ".join(ran.out.split())
    assert re.search(r"build\W+24\W", ran.out)
    assert re.search(r"measure\W+16\W", ran.out)
    assert "Unknown: GSM8K-Zero is regenerated" in ran.out
    assert "tell a rate" not in " ".join(rated.out.split())
    assert not (tmp_path / "tale-pt-sft").exists()


def test_what_is_no_preset_is_told_without_a_traceback(command: Command, tmp_path: Path) -> None:
    ran = command("reproduce", str(PRESETS / "no-such-paper"))

    assert ran.code == 1
    assert "no preset lies here" in ran.err
    assert "tokenskip-gsm8k" in ran.err


ALL = sorted(path.parent.name for path in (ROOT / PRESETS).glob("*/paper.yaml"))
SHORT = "cot-valve-pp"
"""The one that is run by every test run: it asks nothing to be built, and its adapter answers on the shared engine."""


@pytest.mark.engine
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [SHORT, *(pytest.param(name, marks=pytest.mark.long) for name in ALL if name != SHORT)]
)
def test_small_it_builds_trains_measures_and_shows_the_papers_table(
    warm: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    engine: dict[str, Any] = {key: value for key, value in POCKET_ENGINE.items() if key != "model"}
    monkeypatch.setattr(smaller, "STAND_IN", engine)

    ran = warm("reproduce", str(PRESETS / name), "--small", "--runs", str(tmp_path))

    assert ran.code == 0, ran.err
    told = " ".join(ran.out.split())
    assert read_preset(ROOT / PRESETS / name).paper.title in told
    assert "95%" in told
    assert (tmp_path / name / "dataset").is_dir()
