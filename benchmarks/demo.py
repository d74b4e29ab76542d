"""How long the demo takes from the command to its tables, and how much memory its whole process tree holds at most.

    python -m benchmarks.demo examples/demo.yaml --tune examples/demo_tune.yaml --measure examples/demo_measure.yaml

What earlier runs have left is moved out of the way first (to `runs/<name>.before`). Memory is the proportional
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
import yaml


def main() -> int:
    """Build, print time and peak memory, and return the build's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file", type=Path)
    parser.add_argument("--tune", type=Path)
    parser.add_argument("--measure", type=Path)
    options = parser.parse_args()
    more = {f"--{name}": path for name in ("tune", "measure") if (path := getattr(options, name)) is not None}
    for path in (options.run_file, *more.values()):
        set_aside(Path("runs") / yaml.safe_load(path.read_text())["name"])
    began = time.monotonic()
    asked = [str(options.run_file), *(str(word) for pair in more.items() for word in pair)]
    build = subprocess.Popen([sys.executable, "-m", "flows", "demo", *asked])
    peak = 0
    while build.poll() is None:
        peak = max(peak, held(psutil.Process(build.pid)))
        time.sleep(0.5)
    print(f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores; at most {peak / 2**30:.2f} GiB")
    return build.returncode


def set_aside(folder: Path) -> None:
    """Move a run out of the way, in place of what was moved there before."""
    if folder.exists():
        shutil.rmtree(f"{folder}.before", ignore_errors=True)
        folder.rename(f"{folder}.before")


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
