"""Trains a run in several processes, as whoever launches them would: a group of gloo, each process calling `train`."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import distributed

from sft.config import Adapter, Training
from sft.objectives.every import Dpo, SimPo
from sft.run.train import train
from sft.schedules.valve import Valve
from tests.sft.small import run

ROOT = Path(__file__).parents[2]
PATIENCE = 280
ONE_PASS = {"max_steps": None, "epochs": 1, "checkpoint_every": 3}
CASES: dict[str, dict[str, Any]] = {
    "rows": {},
    "one pass": {**ONE_PASS, "batch_size": 1, "accumulate": 8},
    "parts of a batch": {**ONE_PASS, "batch_size": 4, "accumulate": 1},
    "packs": {**ONE_PASS, "batching": "packed", "max_tokens": 300},
    "dpo": {**ONE_PASS, "objective": Dpo()},
    "simpo": {**ONE_PASS, "objective": SimPo()},
    "full": {"adapter": Adapter(kind="full"), "gradient_checkpointing": True},
}
CHANCE = "chance"
"""A run that throws dice in each process, and so has the same bits only with as many processes."""
VALVE = "valve"
"""A run whose rows have shares of the update, which tokens that are added cannot have."""
SETTINGS = CASES | {
    VALVE: {**ONE_PASS, "schedule": Valve()},
    CHANCE: {"adapter": Adapter(rank=4, alpha=8, dropout=0.2), "max_steps": 24},
}


def case(name: str, dataset: Path, **more: Any) -> Training:
    """Return a run by its name."""
    return run(dataset, **{"adapter": Adapter(rank=4, alpha=8), **SETTINGS[name], **more})


def together(names: Sequence[str], dataset: Path, root: Path, size: int = 2) -> None:
    """Train these runs one after another, each in a folder of `root` with its name."""
    root.mkdir(exist_ok=True)
    told = [str(size), str(dataset), str(root), *names]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.sft.several", str(rank), *told],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=PATIENCE)
        if process.returncode:
            raise RuntimeError(errors[-3000:])


def main() -> None:
    """Be one of the processes."""
    rank, size, dataset, root, *names = sys.argv[1:]
    os.environ.update(RANK=rank, WORLD_SIZE=size, LOCAL_RANK=rank, LOCAL_WORLD_SIZE=size, OMP_NUM_THREADS="1")
    os.environ.update(MASTER_ADDR="127.0.0.1", ACCELERATE_TORCH_DEVICE="cpu")
    distributed.init_process_group("gloo", f"file://{root}/meeting", rank=int(rank), world_size=int(size))
    for name in names:
        train(case(name, Path(dataset), workers=int(size)), Path(root) / name)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
