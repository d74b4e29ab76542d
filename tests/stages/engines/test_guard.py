import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from stages.engines.local.guard import Guard

ROOT = Path(__file__).parents[3]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
OWNER = """
import os, subprocess, sys, time
from stages.engines.local.guard import Guard
guard = Guard()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env={**os.environ, **guard.variables})
print(child.pid, flush=True)
time.sleep(600)
"""


def test_kills_what_bears_its_mark_and_nothing_else() -> None:
    guard, other = Guard(), Guard()
    marked = subprocess.Popen(SLEEPER, env={**os.environ, **guard.variables})
    unmarked = subprocess.Popen(SLEEPER, env={**os.environ, **other.variables})

    guard.release()

    assert marked.wait(timeout=30) == -signal.SIGKILL
    assert unmarked.poll() is None
    other.release()
    assert unmarked.wait(timeout=30) == -signal.SIGKILL


def test_kills_them_too_when_their_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert owner.stdout is not None
    child = psutil.Process(int(owner.stdout.readline()))

    owner.kill()
    owner.communicate()

    assert child.wait(timeout=30) is None or not child.is_running()
