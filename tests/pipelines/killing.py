"""Builds as processes of their own, and killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.flows.builds import replies_in

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
    return replies_in(folder / "runs" / "small" / "journal")
