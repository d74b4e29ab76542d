"""Builds as processes of their own, and killed."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


def started(path: Path) -> subprocess.Popen[str]:
    """Begin a build."""
    command = [sys.executable, "-m", "flows", "build", str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a build and all that it started."""
    for one in (*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)):
        os.kill(one.pid, signal.SIGKILL)
    process.communicate()


def replies(folder: Path) -> int:
    """Return how many replies are on disk."""
    return sum(_kept(path) for path in (folder / "runs" / "small" / "journal").glob("*.sqlite"))


def _kept(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        try:
            return int(database.execute("SELECT COUNT(*) FROM replies").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
