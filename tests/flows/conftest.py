from pathlib import Path

import pytest

from tests.flows.builds import SETTING, Command, Workplace, run_here, write_run_file


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs `python -m flows` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    return lambda *arguments: run_here(arguments, monkeypatch, capsys)


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return write_run_file(tmp_path)


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Workplace:
    """A workplace with a slow engine; its settings may be given as a parameter."""
    return Workplace(write_run_file(tmp_path, **SETTING | getattr(request, "param", {})).parent)
