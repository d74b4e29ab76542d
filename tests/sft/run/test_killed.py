"""Training as a process of its own, killed and started again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.disk import file_digest
from tests.sft.small import version

ROOT = Path(__file__).parents[3]
PATIENCE = 300
CODE = """
import sys
from pathlib import Path
from sft.schedules.progressive import Progressive
from sft.run.train import train
from tests.sft.small import run

def watch(line):
    print(line["step"], flush=True)

config = run(Path(sys.argv[1]), schedule=Progressive(stages=2), max_steps=8, checkpoint_every=1)
train(config, Path(sys.argv[2]), watch=watch)
"""


def trained(dataset: Path, output: Path, kill_after: int | None = None) -> int:
    """Train in a process, killed after so many lines of metrics; return how many there were."""
    command = [sys.executable, "-c", CODE, str(dataset), str(output)]
    told, environment = 0, {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as process:
        assert process.stdout is not None
        for _ in process.stdout:
            told += 1
            if told == kill_after:
                process.kill()
        process.wait(PATIENCE)
    return told


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    dataset = version(tmp_path / "data")
    whole = trained(dataset, tmp_path / "whole")
    killed = [trained(dataset, tmp_path / "cut", kill_after=lines) for lines in (9, 12)]
    rest = trained(dataset, tmp_path / "cut")
    one, other = (
        {path.name: file_digest(path) for path in (tmp_path / name / "model").iterdir()} for name in ("whole", "cut")
    )

    assert one == other
    assert min(killed) >= 9
    assert 0 < rest < whole
