import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.__main__ import main
from flows.event_log import EventLog

ROOT = Path(__file__).parents[2]
PATIENCE = 120
RUN = """
name: sums
problems: {{kind: task, task: addition, count: {problems}}}
engine: {{kind: fake, wrong: 0.2, truncated: 0.1, latency_seconds: {latency}, concurrency: 8}}
methods: [{{kind: shortest_correct, zero_shot: {samples}, race: false}}]
block: 4
grace_seconds: {grace}
where: here
{more}
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs `python -m flows` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["flows", *arguments])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return run


@dataclass(frozen=True)
class Workplace:
    """A folder with a run file, and builds of it as processes of their own."""

    folder: Path

    @property
    def run_folder(self) -> Path:
        return self.folder / "runs" / "sums"

    @property
    def journalled(self) -> int:
        """Replies on disk now."""
        kept = 0
        for path in (self.run_folder / "journal").glob("*.sqlite"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
                try:
                    kept += database.execute("SELECT COUNT(*) FROM replies").fetchone()[0]
                except sqlite3.OperationalError:
                    continue
        return kept

    def events(self, event: str) -> list[dict[str, object]]:
        return [found for found in EventLog(self.run_folder).events() if found["event"] == event]

    def versions(self) -> list[Path]:
        return sorted(path.parent for path in (self.run_folder / "dataset").glob("*/manifest.json"))

    def start(self, command: str = "build") -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "flows", command, "run.yaml"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, command: str = "build") -> Ran:
        return ended(self.start(command))


@pytest.fixture(name="ended")
def ended_() -> Callable[[subprocess.Popen[str]], Ran]:
    return ended


@pytest.fixture(name="wait_for")
def wait_for_() -> Callable[[Callable[[], bool], subprocess.Popen[str]], None]:
    return wait_for


def ended(process: subprocess.Popen[str]) -> Ran:
    """Wait until a process has ended."""
    out, err = process.communicate(timeout=PATIENCE)
    return Ran(process.returncode, out, err)


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait until something has happened, or the process has ended."""
    until = time.monotonic() + PATIENCE
    while not happened() and process.poll() is None:
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def write_run_file(
    folder: Path, problems: int = 12, samples: int = 4, latency: float = 0.0, grace: float = 5.0, more: str = ""
) -> Path:
    """Write a run file on the `Fake` engine."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.yaml"
    text = RUN.format(problems=problems, samples=samples, latency=latency, grace=grace, more=more)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return write_run_file(tmp_path)


@pytest.fixture
def write_run() -> Callable[..., Path]:
    return write_run_file


@pytest.fixture(scope="session")
def build_in() -> Callable[..., Workplace]:
    """Makes a folder a workplace."""
    return lambda folder, **settings: Workplace(write_run_file(folder, **settings).parent)


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Workplace:
    """A workplace with a slow engine; its settings may be given as a parameter."""
    settings = {"problems": 30, "samples": 4, "latency": 0.05} | getattr(request, "param", {})
    return Workplace(write_run_file(tmp_path, **settings).parent)


@pytest.fixture(scope="session")
def write_run_at() -> Callable[..., Path]:
    """Writes a run file, for fixtures that live long."""
    return write_run_file
