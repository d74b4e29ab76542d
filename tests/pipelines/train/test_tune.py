"""Training through Ray Train, on one worker and on two. What processes do together: `tests/sft/test_several.py`."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.disk import file_digest
from data.errors import ArtifactError, InputError
from pipelines.execute.executor import BuildStopped
from pipelines.execute.progress import Quiet
from pipelines.plan.step import Step
from pipelines.stop import Stop
from pipelines.train.alone import Watch
from pipelines.tuning.plan import TuneOrder, plan_tuning
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


class Lines(Quiet):
    """Hands on each line of the metrics."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def trained(self, step: Step, line: Mapping[str, Any]) -> None:
        self._watch(line)


def order(folder: Path, training: Training) -> TuneOrder:
    return plan_tuning(Tuning(name="tuned", training=training, runs=str(folder)))


def model(folder: Path) -> dict[str, str]:
    return {path.name: file_digest(path) for path in folder.iterdir() if path.suffix == ".safetensors"}


def workers() -> list[psutil.Process]:
    """Return the processes that train."""
    return [it for it in psutil.Process().children(recursive=True) if "RayTrainWorker" in " ".join(it.cmdline())]


def addresses() -> set[str]:
    """Return where this process and all it started listen."""
    me, listening = psutil.Process(), set[str]()
    for process in (me, *me.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            listening |= {one.laddr.ip for one in process.net_connections() if one.status == "LISTEN"}
    return {address.removeprefix("::ffff:") for address in listening}


def test_a_worker_trains_the_bits_that_this_process_does_and_tells_each_line(dataset: Path, tmp_path: Path) -> None:
    here: list[Mapping[str, Any]] = []
    there: list[Mapping[str, Any]] = []
    listening: set[str] = set()

    def watch(line: Mapping[str, Any]) -> None:
        there.append(line)
        listening.update(addresses())

    alone = train(run(dataset), tmp_path / "alone", watch=here.append)
    trained = tune(order(tmp_path, run(dataset)), Stop(), Lines(watch))

    assert listening == {"127.0.0.1"}
    assert model(trained.folder) == model(alone.folder)
    assert [(it["step"], it.get("loss"), it.get("eval_loss")) for it in there] == [
        (it["step"], it.get("loss"), it.get("eval_loss")) for it in here
    ]
    assert sorted(path.name for path in (tmp_path / "tuned").iterdir()) == ["artifacts", "lock", "training"]


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
        tune(order(tmp_path, config), stop, Lines(disturb))
    trained = tune(order(tmp_path, config), Stop())

    assert listening == {"127.0.0.1"}
    assert model(trained.folder) == model(tmp_path / "processes" / CHANCE / "model")


def test_a_run_that_has_made_no_dataset_yet_is_told_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "run" / "artifacts").mkdir(parents=True)

    with pytest.raises(InputError, match="no dataset yet"):
        plan_tuning(Tuning(name="tuned", training=run(tmp_path / "run"), runs=str(tmp_path)))


def test_what_an_earlier_release_has_trained_is_taken_over_and_a_changed_run_is_trained_beside_it(
    dataset: Path, tmp_path: Path
) -> None:
    config, output = run(dataset, max_steps=1), tmp_path / "tuned" / "training"
    before = model(train(config, output).folder)

    first, second = (
        model(tune(plan_tuning(Tuning(name="tuned", training=one, runs=str(tmp_path), where="here")), Stop()).folder)
        for one in (config, replace(config, seed=5))
    )
    kept = [model(path) for path in (tmp_path / "tuned" / "artifacts").glob("training-*/training/model")]

    assert output.is_symlink()
    assert first == before != second == model(output / "model")
    assert len(kept) == 2 and first in kept and second in kept


def test_another_run_of_an_earlier_release_is_left_where_it_is(dataset: Path, tmp_path: Path) -> None:
    output = tmp_path / "tuned" / "training"
    train(run(dataset, max_steps=1), output)

    with pytest.raises(ArtifactError, match=r"holds another run \(config differ\)"):
        tune(plan_tuning(Tuning(name="tuned", training=run(dataset, seed=5), runs=str(tmp_path))), Stop())

    assert output.is_dir() and not output.is_symlink()
