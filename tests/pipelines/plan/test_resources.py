"""How many workers a cluster has room for."""

import pytest

from pipelines.plan.resources import Devices, Resources
from stages.engines.local.local import Local
from tests.sft.small import POCKET


@pytest.mark.parametrize(
    ("resources", "held", "workers"),
    [
        (Resources(), 0, 64),
        (Resources(), 8, 56),
        (Resources(gpus=1), 0, 8),
        (Resources(gpus=2), 0, 4),
        (Resources(gpus=3), 0, 2),
        (Resources(gpus=1, cpus=16), 0, 4),
    ],
)
def test_as_many_workers_as_the_scarcest_device_allows(resources: Resources, held: float, workers: int) -> None:
    assert Devices(cpus=64, gpus=8).fit(resources, held) == workers


@pytest.mark.parametrize(("there", "gpus"), [(0, 0), (8, 1)])
def test_what_likes_a_gpu_takes_one_where_there_is_one(there: int, gpus: int) -> None:
    assert Resources(likes_a_gpu=True).on(there) == Resources(gpus=gpus)


def test_what_there_is_too_little_of_is_named() -> None:
    room = Devices(cpus=64, gpus=8, memory=16 << 30)

    assert room.lacks(Resources(gpus=4, memory=8 << 30), 2) is None
    assert room.lacks(Resources(gpus=4), 3) == "4 GPUs each; the cluster has 8"
    assert room.lacks(Resources(memory=9 << 30), 2) == "9.0 GiB of memory each; the cluster has 16.0 GiB"


def test_an_engine_without_a_gpu_takes_its_weights_and_its_cache_of_main_memory() -> None:
    weights = (POCKET / "model.safetensors").stat().st_size
    engine = Local(model=str(POCKET), cpu_kv_cache_gib=0.5)

    assert engine.memory == (0 if engine.gpus else weights + (1 << 29))
