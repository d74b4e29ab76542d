import json
from pathlib import Path

import pytest

from flows.running.step_lines import StepLines
from pipelines.tuning.run_file import read_tuning
from tests.flows.builds import ROOT, Command
from tests.sft.small import POCKET, version


def tuning_file(folder: Path, **training: object) -> Path:
    folder.mkdir(exist_ok=True)
    settings = {
        "base": {"model": str(POCKET)},
        "dataset": {"path": str(folder / "nowhere"), "config": "lengths"},
        "adapter": {"rank": 4, "alpha": 8},
        "learning_rate": 1e-3,
        "max_steps": 4,
        "log_every": 1,
        "threads": 1,
    }
    path = folder / "tune.yaml"
    path.write_text(json.dumps({"name": "tuned", "runs": str(folder / "runs"), "training": {**settings, **training}}))
    return path


def test_a_line_comes_every_few_seconds_and_at_the_end() -> None:
    said: list[str] = []
    seconds = iter([0.0, 1.0, 6.0, 7.0])
    lines = StepLines(said.append, lambda: next(seconds))

    for step in (1, 2, 3, 4):
        lines({"stage": "all", "step": step, "steps": 4, "loss": 1 / step})

    assert [line.split(",")[0] for line in said] == ["all: step 1 of 4", "all: step 3 of 4", "all: step 4 of 4"]
    assert said[1] == "all: step 3 of 4, loss 0.3333, about 3 s left"


def test_a_stage_that_data_has_named_does_nothing_to_a_terminal() -> None:
    said: list[str] = []

    StepLines(said.append)({"stage": "steps\x1b[31m 4", "step": 1, "steps": 1, "loss": 1.0})

    assert said == ["steps[31m 4: step 1 of 1, loss 1.0000"]


def test_every_fault_is_told_and_nothing_is_left(command: Command, tmp_path: Path) -> None:
    path = tuning_file(tmp_path / "t", batch_size=0, objective={"kind": "ppo"})

    ran = command("tune", str(path))

    assert ran.code == 1
    assert "batch_size" in ran.err and "objective" in ran.err
    assert not (tmp_path / "t" / "runs").exists()


@pytest.mark.slow
def test_a_finished_training_is_told_without_ray(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = version(tmp_path / "data")
    path = tuning_file(tmp_path / "t", dataset={"path": str(dataset), "config": "lengths"}, max_steps=1)
    path.write_text(json.dumps({**json.loads(path.read_text()), "where": "here"}))
    first = command("tune", str(path))
    path.write_text(json.dumps({**json.loads(path.read_text()), "where": "ray"}))
    monkeypatch.delattr("pipelines.execute.on_ray.ray_running")

    ran = command("tune", str(path))

    assert first.code == ran.code == 0, ran.err
    assert "training: " in ran.err and "there already" in ran.err
    assert str(read_tuning(path).model) in ran.out


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.usefixtures("one_ray")
def test_a_model_is_trained_and_told(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # where the workers that Ray starts find the project too
    dataset = version(tmp_path / "data")
    path = tuning_file(tmp_path / "t", dataset={"path": str(dataset), "config": "lengths"})

    ran, again = command("tune", str(path)), command("tune", str(path))

    folder = tmp_path / "t" / "runs" / "tuned"
    assert ran.code == again.code == 0, ran.err
    assert "step 4 of 4" in ran.err
    assert "held-out loss" in ran.out and str(folder / "training" / "model") in ran.out
    assert (folder / "training" / "model" / "adapter_model.safetensors").is_file()
    assert again.out == ran.out and "begun" not in again.err
    assert "there already" in again.err and "there already" not in ran.err
