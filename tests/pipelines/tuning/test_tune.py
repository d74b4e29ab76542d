"""Training through Ray Train, on one worker and on two. What processes do together: `tests/sft/test_several.py`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.errors import InputError
from data.store import file_digest
from pipelines.make import BuildStopped
from pipelines.stop import Stop
from pipelines.tuning.run_file import Tuning
from pipelines.tuning.tune import tune
from sft.config import Rows, Training
from sft.train import train
from tests.sft.small import run, version

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


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
    alone = train(run(dataset), tmp_path / "alone", watch=here.append)
    trained = tune(tuning(tmp_path, run(dataset)), Stop(), there.append)

    assert model(trained.folder) == model(alone.folder)
    assert [(it["step"], it.get("loss"), it.get("eval_loss")) for it in there] == [
        (it["step"], it.get("loss"), it.get("eval_loss")) for it in here
    ]
    assert sorted(path.name for path in (tmp_path / "tuned").iterdir()) == ["lock", "training"]


def test_two_workers_stopped_and_killed_go_on_to_the_same_bits(dataset: Path, tmp_path: Path) -> None:
    config, stop = run(dataset, workers=2, max_steps=8), Stop()
    listening: set[str] = set()
    killed: list[int] = []

    def look(line: Mapping[str, Any]) -> None:
        listening.update(addresses())

    def ask(line: Mapping[str, Any]) -> None:
        stop.ask("enough")

    def kill(line: Mapping[str, Any]) -> None:
        if line["step"] >= 5 and not killed:
            victim = workers()[-1]
            killed.append(victim.pid)
            victim.kill()

    whole = tune(tuning(tmp_path, config, "whole"), Stop(), look)
    with pytest.raises(BuildStopped, match="enough"):
        tune(tuning(tmp_path, config, "cut"), stop, ask)
    left = sorted(path.name for path in (tmp_path / "cut" / "training" / "stage-00").glob("checkpoint-*"))
    again = tune(tuning(tmp_path, config, "cut"), Stop(), kill)

    assert left and left[-1] < "checkpoint-0000008"
    assert killed
    assert model(again.folder) == model(whole.folder)
    assert listening == {"127.0.0.1"}


def test_what_a_worker_refuses_is_told_as_it_told_it(dataset: Path, tmp_path: Path) -> None:
    rows = Rows(path=str(dataset), config="other", held_out="nowhere")

    with pytest.raises(InputError, match="no rows in config 'other'"):
        tune(tuning(tmp_path, run(dataset, rows=rows)), Stop())
