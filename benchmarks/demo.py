"""How long a build takes from the command to its tables, and how much memory its whole process tree holds at most.

    python -m benchmarks.demo examples/demo.yaml

What an earlier run of it has left is moved out of the way first (to `runs/<name>.before`). Memory is the proportional
set size (PSS), so that pages shared by several processes count once.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

from pipelines.build import read_order


def main() -> int:
    """Build, print time and peak memory, and return the build's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file", type=Path)
    run_file = parser.parse_args().run_file
    folder = Path("runs") / read_order(run_file).run.name
    if folder.exists():
        shutil.rmtree(f"{folder}.before", ignore_errors=True)
        folder.rename(f"{folder}.before")
    began = time.monotonic()
    build = subprocess.Popen([sys.executable, "-m", "flows", "demo", str(run_file)])
    peak = 0
    while build.poll() is None:
        peak = max(peak, held(psutil.Process(build.pid)))
        time.sleep(0.5)
    print(f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores; at most {peak / 2**30:.2f} GiB")
    return build.returncode


def held(root: psutil.Process) -> int:
    """Return the bytes a process and all below it hold."""
    total = 0
    for process in [root, *root.children(recursive=True)]:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total


if __name__ == "__main__":
    sys.exit(main())
