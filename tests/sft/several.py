"""Trains a run in several processes, as whoever launches them would: a group of gloo, each process calling `train`."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from torch import distributed
from torch.distributed.tensor import DTensor

from data.spec import parse
from sft.config import Adapter, FsdpConfig, Training
from sft.models.sharded import put_together
from sft.objectives.every import Dpo, SimPo
from sft.run.train import train
from sft.schedules.progressive import Progressive
from sft.schedules.valve import Valve
from tests.sft.small import run

ROOT = Path(__file__).parents[2]
PATIENCE = 280
MEETING, RUNS, SHARDS = "meeting", "runs.json", "shards"
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
SHARDED: dict[str, dict[str, Any]] = {
    "lora in shards": {"fsdp": True},
    "full in shards": {"fsdp": True, "adapter": Adapter(kind="full"), "gradient_checkpointing": True},
    "stages in shards": {
        "fsdp": True,
        "fsdp_config": FsdpConfig(cpu_ram_efficient_loading=True, reshard_after_forward=False),
        "schedule": Progressive(stages=2),
        "max_steps": 2,
    },
}
"""Runs that no one process can do alone as they are; without `fsdp`, one takes the same steps."""
CHANCE = "chance"
"""A run that throws dice in each process, and so has the same bits only with as many processes."""
VALVE = "valve"
"""A run whose rows have shares of the update, which tokens that are added cannot have."""
SETTINGS = (
    CASES
    | SHARDED
    | {
        VALVE: {**ONE_PASS, "schedule": Valve()},
        CHANCE: {"adapter": Adapter(rank=4, alpha=8, dropout=0.2), "max_steps": 24},
    }
)


def case(name: str, dataset: Path, **more: Any) -> Training:
    """Return a run by its name."""
    return run(dataset, **{"adapter": Adapter(rank=4, alpha=8), **SETTINGS[name], **more})


def together(names: Sequence[str], dataset: Path, root: Path, size: int = 2, **more: Any) -> None:
    """Train these runs one after another, as `launch` does."""
    launch({name: case(name, dataset, workers=size) for name in names}, root, **more)


def launch(
    runs: Mapping[str, Training], root: Path, *, die_at: int = 0, die_in: str = "", patience: float = PATIENCE
) -> None:
    """Train runs one after another in as many processes as they have workers, each in a folder of `root` by its name.

    Args:
        die_at: the step whose figures the first process does not survive, killed as by the system.
        die_in: what the name of that step's stage holds.
    """
    root.mkdir(exist_ok=True)
    (root / MEETING).unlink(missing_ok=True)
    written = {name: TypeAdapter(Training).dump_python(config, mode="json") for name, config in runs.items()}
    (root / RUNS).write_text(json.dumps(written), "utf-8")
    (size,) = {config.workers for config in runs.values()}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.sft.several", str(rank), str(size), str(root), str(die_at), die_in],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(size)
    ]
    try:
        ended = [(process.communicate(timeout=patience)[1], process.returncode) for process in processes]
    finally:
        for process in processes:
            process.kill()
    if failed := [f"{code}: {errors[-3000:]}" for errors, code in ended if code]:
        raise RuntimeError("\n".join(failed))


def watch_shards(root: Path, rank: str, patch: pytest.MonkeyPatch) -> None:
    """Write down, at each checkpoint of a sharded run, what this process holds of each parameter."""

    def looked_at(model: Any, optimizer: Any, *, keep: bool) -> Any:
        whole = put_together(model, optimizer, keep=keep)
        held = {
            name: [isinstance(one, DTensor), one.numel(), getattr(one, "to_local", one.detach)().numel()]
            for name, one in model.named_parameters()
        }
        (root / f"{SHARDS}-{rank}.json").write_text(json.dumps(held), "utf-8")
        return whole

    patch.setattr("sft.run.keeper.put_together", looked_at)


def main() -> None:
    """Be one of the processes."""
    rank, size, root, die_at, die_in = sys.argv[1:]
    os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    if int(size) > 1:
        os.environ.update(RANK=rank, WORLD_SIZE=size, LOCAL_RANK=rank, LOCAL_WORLD_SIZE=size, OMP_NUM_THREADS="1")
        os.environ.update(MASTER_ADDR="127.0.0.1")
        distributed.init_process_group("gloo", f"file://{root}/{MEETING}", rank=int(rank), world_size=int(size))

    def watch(line: Mapping[str, Any]) -> None:
        if line["step"] == int(die_at) and die_in in line["stage"]:
            os.kill(os.getpid(), signal.SIGKILL)

    for name, settings in json.loads((Path(root) / RUNS).read_text("utf-8")).items():
        (Path(root) / name).mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            watch_shards(Path(root) / name, rank, patch)
            train(parse(Training, json.dumps(settings), where=name), Path(root) / name, watch=watch)
    if int(size) > 1:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
