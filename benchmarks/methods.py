"""Every method on the pocket world: build its data, train on it, measure it; the table goes to docs/results.md.

    python -m benchmarks.methods             # everything, resumable; `--rows NAME...` for some
    python -m benchmarks.methods --seeds 3   # and the base and the best three methods under two more seeds
    python -m benchmarks.methods --quick     # Self-Training alone on little data, with loose floors, for CI

A row is a file of `benchmarks/results`: a method adds its rows by adding files.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.result_page import best, duration, published, seeds_table, table
from benchmarks.result_rows import Plan, ResultRow, needed, read_rows
from data.errors import ConfigError
from data.store import read_json

PAGE = Path("docs/results.md")
BEGIN, END = "<!-- table -->", "<!-- /table -->"
LEAST_SHORTER, MOST_LOST = 0.20, 0.05
"""The floors of `--quick`: tokens down by at least so much, accuracy by at most so much."""


def main() -> int:
    """Make the rows that are asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", default=None, metavar="NAME", help="these rows and those they need")
    parser.add_argument("--seeds", type=int, default=1, help="1 makes every row under seed 0 alone")
    parser.add_argument("--quick", action="store_true", help="200 problems to learn from, 200 to measure on, no page")
    parser.add_argument("--runs", type=Path, help="default: runs/results, or runs/results-quick")
    options = parser.parse_args()
    runs = options.runs or Path("runs/results-quick" if options.quick else "runs/results")
    rows = read_rows(["self_training"] if options.quick else options.rows)
    plan = Plan(runs, 0, 200 if options.quick else None)
    make(plan, rows, usual=200 if options.quick else 1000, longer=0 if options.quick else 500)
    lines = "\n".join(table(plan, rows))
    print(lines)
    if options.quick:
        return floors(plan)
    again = [replace(plan, seed=seed) for seed in range(1, options.seeds)]
    chosen = {name: rows[name] for name in best(plan, rows)}
    for other in again:
        make(other, needed(chosen, rows), usual=1000, longer=0)
    if again:
        lines += "\n\n" + "\n".join(seeds_table([plan, *again], chosen))
        print(lines)
    if options.rows is None:
        told = "\n".join(published(rows))
        write_page(
            plan, f"{lines}\n\n{duration(plan)}\n\nThe papers, on other models and other tasks than these:\n\n{told}"
        )
    return 0


def make(plan: Plan, rows: Mapping[str, ResultRow], *, usual: int, longer: int) -> None:
    """Build, train and measure what is not there yet; what a run has finished is not done again."""
    for name, row in rows.items():
        if row.build is not None:
            flows("build", plan.build_file(name, row))
        if row.training is not None:
            flows("tune", plan.tune_file(name, row))
    flows("measure", plan.measure_file(dict(rows), usual, longer=False))
    if longer:
        flows("measure", plan.measure_file(dict(rows), longer, longer=True))


def flows(command: str, path: Path) -> None:
    """Run a command of the product, as a user would.

    Raises:
        ConfigError: it did not end well; what it says is on the screen.
    """
    print(f"python -m flows {command} {path}", file=sys.stderr)
    if subprocess.run([sys.executable, "-m", "flows", command, str(path)], check=False, stdout=sys.stderr).returncode:
        raise ConfigError(f"python -m flows {command} {path} failed; mend it and run the same again")


def floors(plan: Plan) -> int:
    """Return 1 when Self-Training did not shorten enough, or cost too much accuracy."""
    told = read_json(plan.runs / f"measured-usual-{plan.seed}" / "measure.json")
    base, tuned = (found["all"] for found in told["results"])
    shorter = 1 - tuned["cot_tokens"]["mean"] / base["cot_tokens"]["mean"]
    lost = base["accuracy"] - tuned["accuracy"]
    print(f"{shorter:.1%} fewer tokens (at least {LEAST_SHORTER:.0%})")
    print(f"{lost:.1%} of accuracy lost (at most {MOST_LOST:.0%})")
    return int(shorter < LEAST_SHORTER or lost > MOST_LOST)


def write_page(plan: Plan, lines: str) -> None:
    """Put the table into its place in docs/results.md, and the plot beside it."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(f"{page.split(BEGIN)[0]}{BEGIN}\n{lines}\n{END}{page.split(END)[1]}", "utf-8")
    shutil.copyfile(plan.runs / f"measured-usual-{plan.seed}" / "measure.png", PAGE.with_suffix(".png"))


if __name__ == "__main__":
    sys.exit(main())
