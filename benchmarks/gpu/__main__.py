"""What needs a GPU, tried on one in under eight minutes: `make gpu`, or `python -m benchmarks.gpu`.

Nothing but a driver, a Python with the packages and this checkout is needed: no network, no weights. Each check is told
as passed, failed, or not possible here with the reason; what is installed is tried, what is not is named. On a machine
without a GPU the same checks run small on the pocket model, as far as a CPU goes.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.gpu.every import CHECKS, GROUPS, MACHINE
from benchmarks.gpu.groups import run_group
from benchmarks.gpu.outcome import Outcome, Report, read_report
from benchmarks.gpu.place import Device, Place
from requirements.install import has_gpu
from requirements.real_model import FOLDER, is_made

ROOT = Path(__file__).parents[2]
RESULT = ROOT / "benchmarks" / "results" / "gpu.json"
"""The last result on a GPU, which docs/benchmarks.md quotes."""
ELSEWHERE = ROOT / ".cache" / "gpu.json"
"""The last result on a machine without a GPU, or of some checks alone."""
SECONDS = 470.0
"""For all checks, so that with what stands around them they stay under eight minutes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, print their table and keep it; return 1 where one failed."""
    options = _options(arguments)
    if options.show is not None:
        print(read_report(options.show).table())
        return 0
    device: Device = ("cuda" if has_gpu() else "cpu") if options.device == "auto" else options.device
    began, wall = time.monotonic(), time.time()
    ends = began + options.seconds - (max(0.0, wall - options.begun) if options.begun else 0.0)
    with _folder(options.folder) as folder:
        place = Place(folder, device, model(options.model, device, folder))
        outcomes = list(run_checks(place, options.only, ends))
    report = Report(
        on=f"{datetime.now():%Y-%m-%d}, on {'a GPU' if place.on_gpu else 'a CPU'}",
        seconds=time.monotonic() - began,
        outcomes=outcomes,
    )
    is_whole = place.on_gpu and not options.only and outcomes[0].status == "passed"
    output = options.output or (RESULT if is_whole else ELSEWHERE)
    report.write(output)
    print(f"\n{report.table()}\nkept in {output}")
    return 0 if report.passed else 1


def run_checks(place: Place, only: Sequence[str], ends: float) -> list[Outcome]:
    """Return what came of every check, told as they come."""
    outcomes: list[Outcome] = []
    for group in GROUPS:
        chosen = [check for check in group if not only or check.name in only or check is MACHINE]
        if outcomes and outcomes[0].status != "passed":
            outcomes += [Outcome(check.title, "not possible here", "see the machine") for check in chosen]
            continue
        for outcome in run_group(chosen, place, ends):
            titled = Outcome(**{**vars(outcome), "check": CHECKS[outcome.check].title})
            outcomes.append(titled)
            print(f"{titled.seconds:4.0f} s  {titled.check}: {titled.status} {titled.reason}".rstrip(), flush=True)
    left = [check for check in CHECKS.values() if only and check.name not in only and check is not MACHINE]
    return outcomes + [Outcome(check.title, "left out") for check in left]


def model(given: Path | None, device: Device, folder: Path) -> Path:
    """Return the model to take: the one named, a real one that is there, or one that suits the device."""
    if given is not None:
        return given.resolve()
    if device == "cpu":
        return ROOT / "data" / "pocket"
    return FOLDER if is_made(FOLDER) else folder / "random-weights"


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True)
        yield given.resolve()
        return
    with TemporaryDirectory(prefix="varicot-gpu-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=("auto", "cuda", "cpu"), default="auto")
    parser.add_argument(
        "--model",
        type=Path,
        help="its folder; none takes SmolLM2 (`make real`), random weights, or the pocket on a CPU",
    )
    parser.add_argument("--only", nargs="*", choices=[*CHECKS], default=[], help="checks to run, beside `machine`")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all of them (default: %(default)s)")
    parser.add_argument("--begun", type=float, help="when the time began, in seconds since 1970 (default: now)")
    parser.add_argument("--folder", type=Path, help="a new one, to keep what checks leave, their logs included")
    parser.add_argument("--output", type=Path, help="where the result is kept as JSON")
    parser.add_argument("--show", type=Path, help="print the table of a result that was kept, and run nothing")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
