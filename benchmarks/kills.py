"""Kill a build with SIGKILL at random moments, each time start it again, and count what is lost or paid for twice.

    python -m benchmarks.kills examples/demo.yaml --kills 10
    python -m benchmarks.kills benchmarks/kills_fake.yaml --kills 10 --longest 7 --compare
    python -m benchmarks.kills examples/import_qwen_gsm8k.yaml --kills 10 --longest 3.4 --compare

The whole process tree is killed (Ray and vLLM included). Afterwards every problem must be accounted for exactly once,
and no reply that was in the journal may have been asked for again. `--compare` builds once more, undisturbed, and
compares the digests: for imported traces and the `Fake` engine, whose replies are the same each time. What lies in the
run's folder is moved out of the way first.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

from data.columns import PROBLEM_ID
from data.dataset.newest import REPORT
from data.journal import asked_again
from data.table import values
from pipelines.build.build import executor_of, read_order
from pipelines.execute.progress import Quiet
from pipelines.stop import Stop


def main() -> int:
    """Kill, start again, and print the account; 1 when it does not add up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run_file", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--longest", type=float, default=60.0, help="seconds after which a run is killed at the latest")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--compare", action="store_true", help="compare with the digest of an undisturbed build")
    options = parser.parse_args()
    folder = Path("runs") / read_order(options.run_file).run.name
    move_away(folder, "before")
    rng = random.Random(options.seed)
    killed = 0
    for number in range(options.kills):
        seconds = rng.uniform(1.0, options.longest)
        ended = start_and_kill(options.run_file, seconds)
        killed += not ended
        print(f"run {number + 1}: {'ended before' if ended else 'killed at'} {seconds:.1f} s", flush=True)
    build(options.run_file)
    faults = account(options.run_file, killed)
    if options.compare:
        faults += compare(options.run_file, folder)
    return faults


def build(run_file: Path) -> None:
    """Build to the end."""
    subprocess.run([sys.executable, "-m", "flows", "build", str(run_file)], check=True, stdout=subprocess.DEVNULL)


def move_away(folder: Path, suffix: str) -> None:
    """Put a run's folder beside itself under another name."""
    if folder.exists():
        shutil.rmtree(f"{folder}.{suffix}", ignore_errors=True)
        folder.rename(f"{folder}.{suffix}")


def compare(run_file: Path, folder: Path) -> int:
    """Build anew, undisturbed, and return 0 when the datasets have one digest."""
    killed = {path.name for path in (folder / "dataset").glob("*/")}
    move_away(folder, "killed")
    build(run_file)
    undisturbed = {path.name for path in (folder / "dataset").glob("*/")}
    print(f"dataset after the kills: {', '.join(killed)}; undisturbed: {', '.join(undisturbed)}")
    return int(killed != undisturbed)


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
    executor = executor_of(order, Stop(), Quiet())
    tables = executor.artifact(order.plan.read).tables()
    wanted = {problem for table in tables for problem in values(table, PROBLEM_ID)}
    (branch, *_) = order.plan.branches
    traces = executor.artifact(branch.traces)
    parts = [values(traces.read(part), PROBLEM_ID) for part in traces.listed()]
    seen = Counter(problem for ids in parts for problem in dict.fromkeys(ids))
    usage = json.loads((executor.folder / REPORT).read_text())["usage"]
    again = asked_again(executor.folder / "journal")
    print(f"kills: {killed}")
    print(f"problems: {len(wanted)}; in the traces exactly once: {sum(count == 1 for count in seen.values())}")
    print(f"lost: {len(wanted - seen.keys())}; twice: {sum(count > 1 for count in seen.values())}")
    print(f"journalled replies asked for again: {again}")
    replayed, calls = usage.get("replayed", 0), usage.get("calls", 0)
    print(f"from the journal: {replayed:.0f}; asked by the runs that wrote a part: {calls:.0f}")
    return int(wanted != seen.keys() or any(count > 1 for count in seen.values()) or again > 0)


if __name__ == "__main__":
    sys.exit(main())
