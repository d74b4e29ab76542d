"""Builds for tests: run files on the `Fake` engine, and builds of them as processes of their own."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.__main__ import main
from flows.running.event_log import EventLog

ROOT = Path(__file__).parents[2]
PATIENCE = 300
SETTING: dict[str, Any] = {"problems": 30, "samples": 4, "latency": 0.1}
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


def run_here(arguments: Sequence[str], patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Run `python -m flows` in this process."""
    capsys.readouterr()
    patch.setattr(sys, "argv", ["flows", *arguments])
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    told = capsys.readouterr()
    return Ran(code, told.out, told.err)


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
        return replies_in(self.run_folder / "journal")

    def events(self, event: str) -> list[dict[str, Any]]:
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


def replies_in(journal: Path) -> int:
    """Count the replies in the files of a journal that may still be written."""
    kept = 0
    for path in journal.glob("*.sqlite"):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            try:
                kept += database.execute("SELECT COUNT(*) FROM replies").fetchone()[0]
            except sqlite3.OperationalError:
                continue
    return kept


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
