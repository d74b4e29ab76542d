"""`python -m benchmarks.gpu` on a machine without a GPU."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.gpu.every import CHECKS
from benchmarks.gpu.outcome import Outcome, read_report

ROOT = Path(__file__).parents[3]
BY_CPU = ("machine", "lora", "full", "fsdp")
NEED_A_GPU = ("flash", "eight_bit", "liger", "marked")
WITH_ENGINE = ("adapter", "memory", "sampling")


def run(output: Path, only: Sequence[str], seconds: float) -> tuple[int, dict[str, Outcome]]:
    """Return how it ended and what came of each check, by the names of `CHECKS`."""
    command = [sys.executable, "-m", "benchmarks.gpu", "--device", "cpu", "--output", str(output)]
    ran = subprocess.run(
        [*command, "--seconds", str(seconds), *(["--only", *only] if only else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    report, titles = read_report(output), {check.title: name for name, check in CHECKS.items()}
    assert report.table() in ran.stdout, ran.stderr
    return ran.returncode, {titles[outcome.check]: outcome for outcome in report.outcomes}


@pytest.mark.long
def test_each_check_is_told_and_without_a_gpu_what_it_lacks(tmp_path: Path) -> None:
    code, outcomes = run(tmp_path / "gpu.json", [*BY_CPU, *NEED_A_GPU], 500)

    assert code == 0 and outcomes.keys() == CHECKS.keys()
    assert {outcomes[name].status for name in BY_CPU} == {"passed"}, outcomes
    assert {outcomes[name].status for name in NEED_A_GPU} == {"not possible here"}, outcomes
    assert all("no GPU" in outcomes[name].reason or "not installed" in outcomes[name].reason for name in NEED_A_GPU)
    assert {outcomes[name].status for name in WITH_ENGINE} == {"left out"}
    assert "LlamaDecoderLayer" in outcomes["fsdp"].figures["kinds of sharded module"]
    assert 0 <= outcomes["fsdp"].figures["losses apart, %"] < 5


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.timeout(1200)
def test_the_checks_of_engines_pass_as_far_as_a_cpu_goes(tmp_path: Path) -> None:
    code, outcomes = run(tmp_path / "gpu.json", ["lora", *WITH_ENGINE], 1100)

    assert code == 0, outcomes
    assert {outcomes[name].status for name in ("lora", *WITH_ENGINE)} == {"passed"}, outcomes
    assert outcomes["sampling"].figures["ratio"] > 0
    held = outcomes["memory"].figures
    assert held["the engine held, GiB"] > 0.1 > held["held still as training began, GiB"]
