"""What workers are given on machines with 8 GPUs and 64 CPUs, declared to a Ray with nothing real behind them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.runs import run_file

ROOT = Path(__file__).parents[3]

SCRIPT = """
import json, os, sys
from pathlib import Path
from unittest.mock import patch

os.environ.update(RAY_AUTH_MODE="token", RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0", RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0")
import ray

from contextlib import contextmanager
from functools import partial
from pipelines.execute import on_ray
from pipelines.execute.crew import Crew
from tests.pipelines.execute.asking import SeesDevices, rows_of, made, step_of

@contextmanager
def declared(cluster, room):
    ray.init("local", num_cpus=64, num_gpus=8, include_dashboard=False, object_store_memory=128 << 20,
             logging_level="ERROR", log_to_driver=False)
    yield
    ray.shutdown()

def seen_by_worker(told):
    work = told["work"]
    work.output.mkdir(parents=True, exist_ok=True)
    seen = {name: os.environ[name] for name in ("CUDA_VISIBLE_DEVICES", "LOCAL_RANK")}
    seen["given"] = ray.get_runtime_context().get_accelerator_ids()["GPU"]
    (work.output / f"{os.getpid()}.json").write_text(json.dumps(seen))
    return True

crews = []
hire = Crew.__init__

def noted(self, resources, size, at_once):
    crews.append({"size": size, "gpus": resources.gpus, "engines": len(resources.engines)})
    hire(self, resources, size, at_once)

path = Path(sys.argv[1])
steps = {name: step_of(path, name, stage) for name, stage in {
    "plain": SeesDevices(), "scored": SeesDevices(likes=True), "two": SeesDevices(needs_gpus=2)}.items()}
from pipelines.train import on_ray as train_on_ray
from tests.pipelines.execute.asking import Teaches

steps["taught"] = Teaches.step(path, workers=2)
with (
    patch.object(on_ray, "ray_running", declared),
    patch.object(Crew, "__init__", noted),
    patch.object(train_on_ray, "_train", seen_by_worker),
    # where there is a GPU, even one that is only declared, workers talk through NCCL, which a machine without lacks
    patch.object(train_on_ray, "OneMachine", partial(train_on_ray.OneMachine, backend="gloo")),
):
    executor = made(path, *steps.values())
taught = executor.artifact(steps.pop("taught")).folder
trainers = [json.loads(one.read_text()) for one in taught.glob("training/*.json")]
seen = {name: sorted({tuple(row["one"].split(" ")) for row in rows_of(executor, step)}) for name, step in steps.items()}
print(json.dumps({"crews": crews, "seen": seen, "trainers": trainers}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = run_file(tmp_path_factory.mktemp("devices"), count=2, block=1, where="ray")
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout.splitlines()[-1]))


pytestmark = [pytest.mark.cluster, pytest.mark.slow]


def test_a_crew_has_an_actor_a_part_each_with_what_the_step_takes(told: dict[str, Any]) -> None:
    assert [(crew["size"], crew["gpus"]) for crew in told["crews"]] == [(2, 0), (2, 1), (2, 2)]


def test_a_worker_without_a_gpu_sees_none(told: dict[str, Any]) -> None:
    assert {devices for devices, _ in told["seen"]["plain"]} == {""}


@pytest.mark.parametrize(("step", "each"), [("scored", 1), ("two", 2)])
def test_every_worker_has_its_own_devices(step: str, each: int, told: dict[str, Any]) -> None:
    by_worker = {worker: devices.split(",") for devices, worker in told["seen"][step]}
    every = [device for devices in by_worker.values() for device in devices]

    assert all(len(devices) == each for devices in by_worker.values())
    assert len(set(every)) == len(every)
    assert set(every) <= {str(number) for number in range(8)}


def test_every_worker_of_a_training_is_given_a_device_of_its_own_and_finds_it(told: dict[str, Any]) -> None:
    given = [worker["given"] for worker in told["trainers"]]
    found = [worker["CUDA_VISIBLE_DEVICES"].split(",")[int(worker["LOCAL_RANK"])] for worker in told["trainers"]]

    assert [len(devices) for devices in given] == [1, 1]
    assert len(set(found)) == 2
    assert sorted(found) == sorted(device for devices in given for device in devices)
