"""What screening leaves out of real problems, and what it takes for many made-up ones, each in a process of its own.

    python -m benchmarks.screening                       # 10,000 and 100,000 made-up problems
    python -m benchmarks.screening --problems 1000000    # a tenth of them, and all

The real ones are GSM8K, where the example run files say that it lies, beside the checkout. Of the made-up ones, 40 to
70 words of 5,000 each, one in a hundred is another one with a word changed, and one in a thousand holds a benchmark's
question.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data.spec import load
from pipelines.build.plan import plan
from pipelines.build.run_file import Run
from pipelines.execute.counts import count_parts
from pipelines.execute.executor import Executor
from pipelines.execute.progress import Quiet
from pipelines.stop import Stop

GSM8K = Path("../shared/data/gsm8k")
SEED = 0


def main() -> int:
    """Print a line for each source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=100_000)
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        print(json.dumps(screened(options.run)))
        return 0
    print("| problems | left out | read | benchmarks | near-duplicates | screened | peak memory |")
    print("|---|---|---:|---:|---:|---:|---:|")
    with TemporaryDirectory(prefix="varicot-") as folder:
        for title, run in runs(Path(folder), options.problems):
            print(line(title, run))
    return 0


def runs(folder: Path, problems: int) -> Iterator[tuple[str, Path]]:
    """Yield a title and a run file for each source."""
    if GSM8K.is_dir():
        for length in (13, 8):
            tests = {"gsm8k_test": file(GSM8K / "test.jsonl", gold="gsm8k")}
            yield (
                f"GSM8K train, against its test by {length} words",
                run_file(folder, file(GSM8K / "train.jsonl", gold="gsm8k"), tests, length),
            )
    benchmark = write(folder / "benchmark.jsonl", (text for _, text in zip(range(1000), made_up(1), strict=False)))
    for count in (problems // 10, problems):
        path = write(folder / f"{count}.jsonl", planted(count, folder / "benchmark.jsonl"))
        yield f"{count:,} made up", run_file(folder, file(path), {"made_up": file(benchmark)}, 13)


def file(path: Path, **more: Any) -> dict[str, Any]:
    """Return a block that reads problems of a file."""
    return {"kind": "file", "path": str(path), **more}


def run_file(folder: Path, problems: Mapping[str, Any], against: Mapping[str, Any], words: int) -> Path:
    """Write a run file that screens these problems."""
    tree = {
        "name": f"run-{len(list(folder.glob('*.run.json')))}",
        "runs": str(folder),
        "problems": problems,
        "decontaminate": {"against": against, "words": words},
        "deduplicate": {},
        "engine": {"kind": "fake"},
        "methods": [{"kind": "shortest_correct"}],
        "where": "here",
        "block": 512,
    }
    path = folder / f"{tree['name']}.run.json"
    path.write_text(json.dumps(tree))
    return path


def made_up(seed: int) -> Iterator[str]:
    """Yield texts of random words and numbers without end."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("abcdefghijklmnop", k=rng.randint(2, 9))) for _ in range(5000)]
    while True:
        yield " ".join([*rng.choices(vocabulary, k=rng.randint(40, 70)), str(rng.randint(0, 999_999)), "?"])


def planted(count: int, benchmark: Path) -> Iterator[str]:
    """Yield made-up problems, some of them near copies of the one before, some with a benchmark's question in them."""
    tests = [json.loads(text)["question"] for text in benchmark.read_text("utf-8").splitlines()]
    before = ""
    for number, text in zip(range(count), made_up(SEED), strict=False):
        if number % 1000 == 999:
            text = f"Take this: {tests[number // 1000 % len(tests)]} {text}"
        elif number % 100 == 50:
            text = " ".join(word if place != 20 else "otherwise" for place, word in enumerate(before.split(" ")))
        yield text
        before = text


def write(path: Path, texts: Iterator[str]) -> Path:
    """Write problems as JSON lines."""
    with path.open("w") as out:
        out.writelines(json.dumps({"question": text, "answer": "7"}) + "\n" for text in texts)
    return path


def line(title: str, run: Path) -> str:
    """Return a line of the table, made in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.screening", "--run", str(run)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    left = ", ".join(f"{number:,} {reason}" for reason, number in told["rejected"].items()) or "none"
    times = " | ".join(
        f"{told['seconds'][name]:.1f} s" for name in ("read", "benchmarks", "near_duplicates", "screened")
    )
    return f"| {title} | {left} | {times} | {told['memory'] / 2**20:,.0f} MiB |"


def screened(path: Path) -> dict[str, Any]:
    """Make the steps of a run up to what its methods would be given; return what left, times and the peak of memory."""
    run = load(Run, path)
    planned = plan(run)
    steps = list(planned.problems.in_order())
    seconds = {}
    with Executor.of(run, steps, Stop(), Quiet()) as executor:
        for step in steps:
            began = time.perf_counter()
            executor.make(step)
            seconds[step.name] = time.perf_counter() - began
        artifact = executor.artifact(planned.problems)
        rejected = count_parts(artifact, artifact.listed()).rejected
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"rejected": dict(sorted(rejected.items())), "seconds": seconds, "memory": memory}


if __name__ == "__main__":
    sys.exit(main())
