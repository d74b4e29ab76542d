"""How many workers a cluster has room for."""

import pytest

from pipelines.plan.resources import Devices, Resources


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
