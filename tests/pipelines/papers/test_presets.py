"""Every preset that is shipped: it can be run, at full size and small, and says where its figures are from."""

from pathlib import Path

import pytest

from data.spec import load
from pipelines.build.build import read_order
from pipelines.build.run_file import Run
from pipelines.measure.run_file import Measurement
from pipelines.papers.prepared import Wish, prepare
from pipelines.papers.preset import PAPER, Preset, read_preset
from pipelines.tuning.run_file import read_tuning

FOLDER = Path("examples/papers")
PRESETS = sorted(path.parent.name for path in FOLDER.glob(f"*/{PAPER}"))
PAPERS = {"2502.12067", "2412.11664", "2502.20122", "2412.18547", "2502.09601", "2411.01855", "2407.06023"}
COMMIT = "0" * 40


def test_every_one_of_the_seven_papers_has_a_preset() -> None:
    told = " ".join(read_preset(FOLDER / name).paper.paper for name in PRESETS)

    assert {number for number in PAPERS if number in told} == PAPERS


@pytest.fixture(params=PRESETS)
def preset(request: pytest.FixtureRequest) -> Preset:
    return read_preset(FOLDER / request.param)


def test_its_run_files_are_read_and_find_each_other(preset: Preset) -> None:
    run = load(Run, preset.folder / "build.yaml")

    assert run.name == preset.name
    if "tune" in preset.trees:
        tuning = read_tuning(preset.folder / "tune.yaml")
        assert tuning.name == f"{run.name}-tuned"
        assert tuning.training.dataset.path == f"runs/{run.name}"
        assert tuning.training.dataset.config in {method.called for method in run.methods}
    if "measure" in preset.trees:
        measurement = load(Measurement, preset.folder / "measure.yaml")
        assert measurement.name == f"{run.name}-measured"
        if "tune" in preset.trees:
            text = (preset.folder / "measure.yaml").read_text("utf-8")
            assert f"runs/{run.name}-tuned/training/model" in text
        named = {model.name for model in measurement.models}
        assert {row.model for row in preset.paper.reported if row.tokens or row.accuracy} & named or not (
            preset.paper.reported
        )


def test_small_it_is_planned_with_what_the_repository_has(preset: Preset, tmp_path: Path) -> None:
    paths = prepare(preset, Wish(tmp_path, small=True))

    order = read_order(paths["build"])
    assert order.run.runs == str(tmp_path)
    assert order.run.place == "here"
    if "tune" in paths:
        assert read_tuning(paths["tune"]).training.dataset.path == f"{tmp_path}/{preset.name}"
    if "measure" in paths:
        assert load(Measurement, paths["measure"]).max_tokens <= 512


def test_at_full_size_every_model_and_dataset_of_the_hub_gets_a_commit(preset: Preset, tmp_path: Path) -> None:
    asked: list[tuple[str, str]] = []

    def resolve(what: str, name: str) -> str:
        asked.append((what, name))
        return COMMIT

    paths = prepare(preset, Wish(tmp_path), resolve)
    text = "".join(path.read_text("utf-8") for path in paths.values())

    assert all(text.count(f"hf://datasets/{name}@{COMMIT}/") for what, name in asked if what == "dataset")
    assert text.count("hf://datasets/") == text.count(f"@{COMMIT}/")
    models = [name for what, name in asked if what == "model"]
    assert text.count(f"revision: '{COMMIT}'") >= len(models)
    asked.clear()
    prepare(preset, Wish(tmp_path), resolve)
    assert asked == []
