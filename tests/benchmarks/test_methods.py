"""The whole product in one command, on little data: build, train, measure; with loose floors."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.engine
@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1500)
def test_self_training_shortens_the_pocket_model_and_costs_little_accuracy(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.methods", "--quick", "--runs", str(tmp_path / "runs")]

    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Self-Training, shortest correct of 8" in ran.stdout
