"""Training in a process of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from data.disk import file_digest
from data.errors import ConfigError, TrainingError
from pipelines.train.alone import LOG, Alone
from sft.models.trained import TrainingStopped
from sft.run.train import train
from tests.sft.small import run, version

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return version(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trainer() -> Iterator[Alone]:
    alone = Alone()
    yield alone
    alone.close()


def trainers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "pipelines.train.alone" in child.cmdline()]


def weights(folder: Path) -> str:
    return file_digest(folder / "model" / "adapter_model.safetensors")


def test_stopped_it_goes_on_to_the_bits_that_this_process_trains_and_tells_each_line(
    trainer: Alone, dataset: Path, tmp_path: Path
) -> None:
    here: list[Mapping[str, Any]] = []
    there: list[Mapping[str, Any]] = []
    train(run(dataset), tmp_path / "here", watch=here.append)
    with pytest.raises(TrainingStopped):
        trainer.train(run(dataset), tmp_path / "there", lambda: bool(there), there.append)
    first = len(there)
    trainer.train(run(dataset), tmp_path / "there", lambda: False, there.append)

    assert 0 < first < len(here)
    assert weights(tmp_path / "there") == weights(tmp_path / "here")
    assert [line["loss"] for line in there if "loss" in line] == [line["loss"] for line in here if "loss" in line]


def test_one_process_trains_several_in_turn_until_one_has_a_fault_which_is_told_as_it_is(
    trainer: Alone, dataset: Path, tmp_path: Path
) -> None:
    wrong = replace(run(dataset), base=replace(run(dataset).base, model="/nowhere"))

    processes = set[int]()

    def watch(line: Mapping[str, Any]) -> None:
        processes.update(child.pid for child in trainers())

    trainer.train(run(dataset), tmp_path / "one", lambda: False, watch)
    trainer.train(replace(run(dataset), seed=1), tmp_path / "two", lambda: False, watch)
    with pytest.raises(ConfigError, match="base '/nowhere': there is no such folder"):
        trainer.train(wrong, tmp_path / "three", lambda: False, watch)

    assert len(processes) == 1
    assert trainers() == []
    assert weights(tmp_path / "one") != weights(tmp_path / "two")
    train(replace(run(dataset), seed=1), tmp_path / "here")
    assert weights(tmp_path / "two") == weights(tmp_path / "here")


def test_a_process_that_dies_is_told_with_the_place_of_its_log(trainer: Alone, dataset: Path, tmp_path: Path) -> None:
    def kill(line: Mapping[str, Any]) -> None:
        for child in trainers():
            child.kill()

    with pytest.raises(TrainingError, match=rf"ended with -9: .*{LOG}"):
        trainer.train(run(dataset), tmp_path / "one", lambda: False, kill)
