"""Train in processes that Ray Train starts and watches, on a Ray that is up already.

Of Ray Train, the processes and their group are used. Its checkpoints, reports and storage are not: a training keeps
checkpoints of its own, which are exact, and each process reads the rows from the dataset.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import ray
from ray.train.torch.config import (
    TorchConfig,
    _set_torch_distributed_env_vars,
    _setup_torch_process_group,
    _TorchBackend,
)
from ray.train.v2.api.config import FailureConfig, RunConfig, ScalingConfig
from ray.train.v2.api.exceptions import TrainingFailedError
from ray.train.v2.torch.torch_trainer import TorchTrainer

from data.errors import ConfigError
from pipelines.stop import StopFile
from pipelines.train.lost import are_lost, fault_of
from sft.config import Training

RESTARTS = 3
"""How often a training goes on by itself after workers were lost."""
SURROUNDINGS = {"RAY_CHDIR_TO_TRIAL_DIR": "0", "RAY_TRAIN_METRICS_ENABLED": "0"}
"""Workers stay in the project's root, where a run file's paths begin."""
LOOPBACK = {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"}
"""How workers on one machine talk to each other."""


@dataclass(frozen=True)
class Work:
    """What workers are told."""

    config: Training
    output: Path
    stop: StopFile
    lines: Path
    """File that the first worker writes each line of its metrics to, for who watches from another process."""


@dataclass
class OneMachine(TorchConfig):
    """Workers on one machine meet in a file: torch's own meeting place would listen on every network."""

    folder: str = ""

    @property
    def backend_cls(self) -> type[_TorchBackend]:
        return OneMachineBackend


class OneMachineBackend(_TorchBackend):
    """Lets them meet."""

    def on_start(self, worker_group: Any, backend_config: Any) -> None:
        place = Path(backend_config.folder) / f"meeting-{uuid4().hex}"
        size = len(worker_group)
        ray.get(
            [
                worker_group.execute_single_async(rank, _meet, backend_config.backend, rank, size, f"file://{place}")
                for rank in range(size)
            ]
        )


def train_on_ray(work: Work, scratch: Path, *, one_machine: bool) -> bool:
    """Train on the running Ray; tell whether training is done, and was not left because of a wish to stop.

    Args:
        work: what is trained, and where.
        scratch: a folder for what Ray Train writes itself.
        one_machine: whether Ray was started here, and not joined.

    Raises:
        ConfigError: the cluster has no room for the workers.
        VaricotError: a worker raised it; a TrainingError where workers were lost again and again, or failed.
    """
    os.environ.update(SURROUNDINGS)
    meeting = OneMachine(folder=str(scratch)) if one_machine else TorchConfig()
    trainer = TorchTrainer(
        _train,
        train_loop_config={"work": work},
        torch_config=meeting,
        scaling_config=_room(work.config.workers),
        run_config=RunConfig(
            name="train",
            storage_path=str(scratch),
            failure_config=FailureConfig(max_failures=0, controller_failure_limit=RESTARTS),
        ),
    )
    restarts = 0
    while True:
        try:
            ended: Any = trainer.fit()
            return bool(ended.return_value)
        except TrainingFailedError as error:
            failures: Mapping[int, Exception] = getattr(error, "worker_failures", {})
            if work.stop.asked or restarts == RESTARTS or not are_lost(failures, work.config.workers):
                raise fault_of(error, failures, restarts) from error
            restarts += 1


def _room(workers: int) -> ScalingConfig:
    """Return a place for each worker, on a GPU where the cluster has any."""
    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]  # Ray is typed in part
    kind = "GPU" if there.get("GPU", 0) >= 1 else "CPU"
    if there.get(kind, 0) < workers:
        raise ConfigError(
            f"training.workers is {workers}, one a {kind}; the cluster has {there.get(kind, 0):g} of them"
        )
    return ScalingConfig(num_workers=workers, use_gpu=kind == "GPU")


def _meet(backend: str, rank: int, size: int, place: str) -> None:
    os.environ.update(LOOPBACK | {"LOCAL_WORLD_SIZE": str(size)})
    if size > 1:  # one alone trains as it would without Ray, to the bit
        _set_torch_distributed_env_vars()  # type: ignore[no-untyped-call]  # as above
    _setup_torch_process_group(backend, rank, size, place)


def _train(told: dict[Any, Any]) -> Any:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # else accelerate sets the threads anew
    from sft.models.trained import TrainingStopped
    from sft.run.train import train  # takes seconds, and only workers train

    work: Work = told["work"]

    def watch(line: Mapping[str, Any]) -> None:
        with work.lines.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    try:
        train(work.config, work.output, watch=watch, stopping=lambda: work.stop.asked)
    except TrainingStopped:
        return False
    return True
