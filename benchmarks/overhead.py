"""What a client adds to a server's time: ours beside plain asyncio and datatrove, same rows, in one run.

Every client runs in a process of its own against a fresh server on loopback; rounds alternate. `span` is the time from
the first call's begin to the last one's end as the server saw it.

    python -m benchmarks.overhead --rounds 3
    python -m benchmarks.overhead --only crash
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks.load.server import latency


@dataclass(frozen=True)
class Load:
    """What the server does and how many calls may be in flight."""

    seconds: float
    sigma: float
    in_flight: int


LOADS = {
    "50 ms, 32 in flight": Load(0.05, 0.0, 32),
    "1 s, 256 in flight": Load(1.0, 0.0, 256),
    "heavy tail, 64 in flight": Load(0.4, 1.0, 64),
}
CLIENTS = {
    "plain asyncio": ["-m", "benchmarks.load.plain"],
    "datatrove": ["-m", "benchmarks.load.peer_datatrove"],
    "ours": ["-m", "benchmarks.load.ours"],
    "ours, as they come": ["-m", "benchmarks.load.ours"],
}


@dataclass(frozen=True)
class Seen:
    """One run of one client."""

    span: float
    wall: float
    most_in_flight: int
    cpu: float
    peak_mib: float
    calls: int
    repeated: int
    rows: int
    twice: int


def problems(folder: Path, rows: int, load: Load) -> Path:
    """Write the rows, each with the length a good predictor would tell."""
    path = folder / "problems.jsonl"
    with path.open("w") as file:
        for row in range(rows):
            expected = max(1, round(1000 * latency(row, load.seconds, load.sigma)))
            question = f"[row:{row}] What is {row} times 7? " + "Take your time. " * 12
            line = {"id": str(row), "question": question, "answer": str(row * 7), "expected_tokens": expected}
            file.write(json.dumps(line) + "\n")
    return path


@contextmanager
def serving(load: Load, log: Path) -> Iterator[str]:
    """Run the server and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = ["--port", str(port), "--log", str(log), "--seconds", str(load.seconds), "--sigma", str(load.sigma)]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.load.server", *told])
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait()


def starts(log: Path) -> int:
    """Count the calls the server has seen."""
    return sum(line.startswith("S") for line in log.read_text().splitlines()) if log.exists() else 0


def watch(command: list[str], log: Path, kill_at: int) -> tuple[float, float, float]:
    """Run a client, killing its whole tree at `kill_at` calls (0: never); return wall, CPU seconds, peak MiB."""
    began = time.monotonic()
    quiet = subprocess.DEVNULL
    client = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
    cpu: dict[int, float] = {}
    peak = 0.0
    while client.poll() is None:
        tree = [psutil.Process(client.pid), *psutil.Process(client.pid).children(recursive=True)]
        memory = 0.0
        for process in tree:
            try:
                times = process.cpu_times()
                cpu[process.pid] = times.user + times.system
                memory += process.memory_info().rss / 2**20
            except psutil.NoSuchProcess:
                continue
        peak = max(peak, memory)
        if kill_at and starts(log) >= kill_at:
            os.killpg(client.pid, signal.SIGKILL)
        time.sleep(0.05)
    return time.monotonic() - began, sum(cpu.values()), peak


def run(client: str, load: Load, rows: int, kill_at: int = 0) -> Seen:
    """Run one client over all rows; killed once, it is started again with the same command."""
    with tempfile.TemporaryDirectory(prefix="varicot-load-") as name:
        folder = Path(name)
        log, out = folder / "calls.log", folder / "out.jsonl"
        asked = problems(folder, rows, load)
        with serving(load, log) as url:
            command = [sys.executable, *CLIENTS[client], url, str(asked), str(out), str(load.in_flight)]
            command += ["as_they_come"] if client.endswith("as they come") else []
            if kill_at:
                watch(command, log, kill_at)
            wall, cpu, peak = watch(command, log, 0)
        return seen(log, out, wall, cpu, peak)


def seen(log: Path, out: Path, wall: float, cpu: float, peak: float) -> Seen:
    """Sum up the server's log and the client's output."""
    lines = [line.split() for line in log.read_text().splitlines()]
    calls = Counter(line[2] for line in lines if line[0] == "S")
    times = [float(line[1]) for line in lines]
    ids = Counter(json.loads(line)["id"] for line in out.read_text().splitlines())
    return Seen(
        span=max(times) - min(times),
        wall=wall,
        most_in_flight=max(int(line[3]) for line in lines if line[0] == "S"),
        cpu=cpu,
        peak_mib=peak,
        calls=calls.total(),
        repeated=sum(count - 1 for count in calls.values()),
        rows=len(ids),
        twice=sum(count - 1 for count in ids.values()),
    )


def timed(name: str, load: Load, rows: int, rounds: int) -> None:
    """Print one load's table: medians over alternating rounds."""
    heavy = load.sigma > 0
    clients = [client for client in CLIENTS if heavy or not client.endswith("as they come")]
    found: dict[str, list[Seen]] = {client: [] for client in clients}
    for number in range(rounds):
        for client in clients if number % 2 == 0 else reversed(clients):
            found[client].append(run(client, load, rows))
    total = sum(latency(row, load.seconds, load.sigma) for row in range(rows))
    longest = max(latency(row, load.seconds, load.sigma) for row in range(rows))
    print(f"\n{rows} rows, {name}; no order can take less than {max(total / load.in_flight, longest):.2f} s")
    print(f"{'':20}{'span s':>8}{'wall s':>8}{'in flight':>11}{'CPU s':>8}{'MiB':>6}{'rows':>7}")
    for client, runs in found.items():
        middle = {field: median(getattr(one, field) for one in runs) for field in Seen.__dataclass_fields__}
        print(
            f"{client:20}{middle['span']:8.2f}{middle['wall']:8.1f}{middle['most_in_flight']:11.0f}"
            f"{middle['cpu']:8.1f}{middle['peak_mib']:6.0f}{middle['rows']:7.0f}"
        )
    spans = {client: median(one.span for one in runs) for client, runs in found.items()}
    better = min(spans["plain asyncio"], spans["datatrove"])
    print(f"ours / the better peer, span: {spans['ours'] / better:.3f}")


def crashed(rows: int) -> None:
    """Print what each client repeats, loses and doubles after SIGKILL at half of the calls."""
    load = LOADS["50 ms, 32 in flight"]
    print(f"\n{rows} rows at 50 ms, SIGKILL of the whole tree at {rows // 2} calls, the same command again")
    print(f"{'':20}{'calls':>8}{'repeated':>10}{'lost':>6}{'twice':>7}   (32 in flight)")
    for client in ("plain asyncio", "datatrove", "ours"):
        one = run(client, load, rows, kill_at=rows // 2)
        print(f"{client:20}{one.calls:8}{one.repeated:10}{rows - one.rows:6}{one.twice:7}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=[*LOADS, "crash"])
    options = parser.parse_args()
    for label, chosen in LOADS.items():
        if options.only in (None, label):
            timed(label, chosen, options.rows, options.rounds)
    if options.only in (None, "crash"):
        crashed(options.rows)
