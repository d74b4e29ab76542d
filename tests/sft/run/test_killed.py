"""Training as a process of its own, killed and started again."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from data.disk import file_digest
from sft.config import Training
from sft.run.train import train
from sft.schedules.progressive import Progressive
from tests.sft.small import run, version

ROOT = Path(__file__).parents[3]
PATIENCE = 300
CODE = """
import sys
from pathlib import Path
from sft.run.train import train
from tests.sft.run.test_killed import run_of_two_stages

train(run_of_two_stages(Path(sys.argv[1])), Path(sys.argv[2]), watch=lambda line: print(line["step"], flush=True))
"""


def run_of_two_stages(dataset: Path) -> Training:
    return run(dataset, schedule=Progressive(stages=2), max_steps=6, checkpoint_every=1)


def train_and_kill(dataset: Path, output: Path, after: int) -> int:
    """Train in a process that is killed after so many lines of metrics; return how many it told."""
    command = [sys.executable, "-c", CODE, str(dataset), str(output)]
    told, environment = 0, {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        for _ in process.stdout:
            told += 1
            if told == after:
                process.kill()
        process.wait(PATIENCE)
    return told


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    config = run_of_two_stages(version(tmp_path / "data"))
    whole: list[Mapping[str, Any]] = []
    rest: list[Mapping[str, Any]] = []
    train(config, tmp_path / "whole", watch=whole.append)
    killed = train_and_kill(Path(config.dataset.path), tmp_path / "cut", after=len(whole) // 2 + 6)
    train(config, tmp_path / "cut", watch=rest.append)
    one, other = (
        {path.name: file_digest(path) for path in (tmp_path / name / "model").iterdir()} for name in ("whole", "cut")
    )

    assert one == other
    assert len(whole) // 2 < killed < len(whole)
    assert 0 < len(rest) < len(whole) // 2
