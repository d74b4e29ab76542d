"""Training through Ray Train, on one worker and on two. What processes do together: `tests/sft/test_several.py`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.disk import file_digest
from data.errors import ArtifactError, InputError
from pipelines.execute.executor import BuildStopped
from pipelines.stop import Stop
from pipelines.tuning.run_file import Tuning
from pipelines.tuning.tune import tune
from sft.config import Training
from sft.run.train import train
from tests.sft.several import CHANCE, case, together
from tests.sft.small import run, version

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.usefixtures("one_ray")]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return version(tmp_path_factory.mktemp("data"))


def tuning(folder: Path, training: Training, name: str = "tuned") -> Tuning:
    return Tuning(name=name, training=training, runs=str(folder))


def model(folder: Path) -> dict[str, str]:
    return {path.name: file_digest(path) for path in folder.iterdir() if path.suffix == ".safetensors"}


def workers() -> list[psutil.Process]:
    """Return the processes that train."""
    return [it for it in psutil.Process().children(recursive=True) if "RayTrainWorker" in " ".join(it.cmdline())]


def addresses() -> set[str]:
    """Return where this process and all it started listen."""
    me = psutil.Process()
    found = [one for it in [me, *me.children(recursive=True)] for one in it.net_connections() if one.status == "LISTEN"]
    return {one.laddr.ip.removeprefix("::ffff:") for one in found}


def test_a_worker_trains_the_bits_that_this_process_does_and_tells_each_line(dataset: Path, tmp_path: Path) -> None:
    here: list[Mapping[str, Any]] = []
    there: list[Mapping[str, Any]] = []
    listening: set[str] = set()

    def watch(line: Mapping[str, Any]) -> None:
        there.append(line)
        listening.update(addresses())

    alone = train(run(dataset), tmp_path / "alone", watch=here.append)
    trained = tune(tuning(tmp_path, run(dataset)), Stop(), watch)

    assert listening == {"127.0.0.1"}
    assert model(trained.folder) == model(alone.folder)
    assert [(it["step"], it.get("loss"), it.get("eval_loss")) for it in there] == [
        (it["step"], it.get("loss"), it.get("eval_loss")) for it in here
    ]
    assert sorted(path.name for path in (tmp_path / "tuned").iterdir()) == ["lock", "training"]
    with pytest.raises(ArtifactError, match=r"holds another run \(config differ\)"):
        tune(tuning(tmp_path, replace(run(dataset), seed=5)), Stop())


@pytest.mark.soak
def test_two_workers_one_lost_and_then_stopped_go_on_to_the_same_bits(dataset: Path, tmp_path: Path) -> None:
    config, stop = case(CHANCE, dataset, workers=2), Stop()
    together([CHANCE], dataset, tmp_path / "processes")
    listening: set[str] = set()
    killed: list[int] = []

    def disturb(line: Mapping[str, Any]) -> None:
        if not killed:
            listening.update(addresses())
            victim = workers()[-1]
            victim.kill()
            killed.append(line["step"])
        elif line["step"] > killed[0] + 4:
            stop.ask("enough")

    with pytest.raises(BuildStopped, match="enough"):
        tune(tuning(tmp_path, config), stop, disturb)
    trained = tune(tuning(tmp_path, config), Stop())

    assert listening == {"127.0.0.1"}
    assert model(trained.folder) == model(tmp_path / "processes" / CHANCE / "model")


def test_a_run_that_has_made_no_dataset_yet_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "run" / "artifacts").mkdir(parents=True)

    with pytest.raises(InputError, match="no dataset yet"):
        tune(tuning(tmp_path, run(tmp_path / "run")), Stop())
