"""The `training` block of methods that train, and the words that older run files say it in."""

from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError
from pipelines.files.trains import Trains
from tests.pipelines.runs import ordered, run_file

ENGINE = {"kind": "local", "model": "data/pocket", "max_model_len": 1024, "max_loras": 1}
METHODS: dict[str, dict[str, Any]] = {
    "cot_valve": {"kind": "cot_valve", "alphas": [0.0, 1.0]},
    "learn_skip": {"kind": "learn_skip", "iterations": 1, "fewer": [1, 2]},
}


def tree(method: str, where: str = "here", **settings: Any) -> dict[str, Any]:
    problems = {"kind": "task", "task": "addition", "count": 4}
    return {"problems": problems, "engine": ENGINE, "methods": [METHODS[method] | settings], "where": where}


def trainings(folder: Path, method: str, where: str = "here", **settings: Any) -> list[Any]:
    folder.mkdir(exist_ok=True)
    steps = ordered(run_file(folder, **tree(method, where, **settings))).plan.steps
    return [step.files.training for step in steps if isinstance(step.files, Trains)]


@pytest.mark.parametrize("method", METHODS)
def test_older_words_mean_what_the_block_says(method: str, tmp_path: Path) -> None:
    lora = {"rank": 8, "alpha": 16}
    older: dict[str, Any] = {"lora": lora, "learning_rate": 1e-3, "epochs": 4, "threads": 1}
    today = {"adapter": lora, "learning_rate": 1e-3, "epochs": 4, "threads": 1}

    found = trainings(tmp_path / "older", method, **older)

    assert found == trainings(tmp_path / "today", method, training=today)
    assert (found[0].adapter.rank, found[0].epochs) == (8, 4)


@pytest.mark.parametrize("method", METHODS)
def test_any_setting_of_a_training_is_one_of_the_block(method: str, tmp_path: Path) -> None:
    block = {"max_tokens": 32_768, "batch_size": 1, "accumulate": 16, "gradient_checkpointing": True, "warmup": 0.1}

    (found, *_) = trainings(tmp_path, method, training=block | {"weight_decay": 0.01, "on_too_long": "drop"})

    assert {name: getattr(found, name) for name in block} == block
    assert found.rate == 1e-4


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"training": {"dataset": {"path": "x"}}}, "dataset"),
        ({"training": {"adapter": {"kind": "full"}}}, "full|not linear"),
        ({"training": {"workers": 2}}, "`where: here` trains with one worker, not 2"),
        ({"lora": {"rank": 0}}, "rank"),
    ],
)
def test_what_cannot_train_is_refused(method: str, settings: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        trainings(tmp_path, method, **settings)


def test_on_ray_several_workers_may_train(tmp_path: Path) -> None:
    assert trainings(tmp_path, "cot_valve", "ray", training={"workers": 2})[0].workers == 2
