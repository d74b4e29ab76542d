"""Kill a build with SIGKILL at random moments, each time start it again, and count what is lost or paid for twice.

    python -m benchmarks.kills examples/demo.yaml --kills 10

The whole process tree is killed (Ray and vLLM included). Afterwards every problem must be accounted for exactly once,
and no reply that was in the journal may have been asked for again.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

from data.columns import PROBLEM_ID
from data.journal import asked_again
from data.table import values
from pipelines.build import maker_of, read_order
from pipelines.progress import Quiet
from pipelines.stop import Stop


def main() -> int:
    """Kill, start again, and print the account; 1 when it does not add up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--longest", type=float, default=60.0, help="seconds after which a run is killed at the latest")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    killed = 0
    for number in range(options.kills):
        seconds = rng.uniform(1.0, options.longest)
        ended = start_and_kill(options.run_file, seconds)
        killed += not ended
        print(f"run {number + 1}: {'ended before' if ended else 'killed at'} {seconds:.1f} s", flush=True)
    subprocess.run([sys.executable, "-m", "flows", "build", str(options.run_file)], check=True)
    return account(options.run_file, killed)


def start_and_kill(run_file: Path, seconds: float) -> bool:
    """Start a build and kill its whole tree after some seconds; tell whether it had ended before."""
    quiet = subprocess.DEVNULL
    build = subprocess.Popen(
        [sys.executable, "-m", "flows", "build", str(run_file)], stdout=quiet, stderr=quiet, start_new_session=True
    )
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if build.poll() is not None:
            return True
        time.sleep(0.05)
    tree = [psutil.Process(build.pid), *psutil.Process(build.pid).children(recursive=True)]
    for process in tree:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    build.wait()
    return False


def account(run_file: Path, killed: int) -> int:
    """Print what became of every problem and reply; return 0 when it adds up."""
    order = read_order(run_file)
    maker = maker_of(order, Stop(), Quiet())
    tables = maker.artifact(order.plan.read).tables()
    wanted = {problem for table in tables for problem in values(table, PROBLEM_ID)}
    (branch, *_) = order.plan.branches
    traces = maker.artifact(branch.traces)
    parts = [values(traces.read(part), PROBLEM_ID) for part in traces.listed()]
    seen = Counter(problem for ids in parts for problem in dict.fromkeys(ids))
    usage = json.loads((maker.folder / "report.json").read_text())["usage"]
    again = asked_again(maker.folder / "journal")
    print(f"kills: {killed}")
    print(f"problems: {len(wanted)}; in the traces exactly once: {sum(count == 1 for count in seen.values())}")
    print(f"lost: {len(wanted - seen.keys())}; twice: {sum(count > 1 for count in seen.values())}")
    print(f"journalled replies asked for again: {again}")
    print(f"from the journal: {usage['replayed']:.0f}; asked by the runs that wrote a part: {usage['calls']:.0f}")
    return int(wanted != seen.keys() or any(count > 1 for count in seen.values()) or again > 0)


if __name__ == "__main__":
    sys.exit(main())
