from pathlib import Path

import pytest

from data.errors import ArtifactError
from sft.run.claim import claim, done
from sft.run.train import train
from tests.sft.small import run, version


def test_a_folder_is_one_runs(tmp_path: Path) -> None:
    claim(tmp_path, {"config": {"seed": 1}, "base": "b"})
    claim(tmp_path, {"config": {"seed": 1}, "base": "b"})

    with pytest.raises(ArtifactError, match=r"another run \(config differ\)"):
        claim(tmp_path, {"config": {"seed": 2}, "base": "b"})


def test_a_run_is_finished_once_its_model_is_there_and_another_is_refused(tmp_path: Path) -> None:
    config = run(version(tmp_path / "data"), max_steps=1)
    trained = train(config, tmp_path / "run")

    assert train(config, tmp_path / "run") == trained
    with pytest.raises(ArtifactError, match="another run"):
        train(run(version(tmp_path / "data"), max_steps=1, seed=5), tmp_path / "run")


def test_what_is_done_is_not_told_under_another_direction(tmp_path: Path) -> None:
    data, output = version(tmp_path / "data"), tmp_path / "run"
    first = train(run(data, max_steps=1, direction="long_to_short"), output)

    for other in ("short_to_long", None):
        config = run(data, max_steps=1, direction=other)
        for again in (done, train):
            with pytest.raises(ArtifactError, match=rf"with direction 'long_to_short'; the run says {other!r} now"):
                again(config, output)
    assert done(run(data, max_steps=1, direction="long_to_short"), output) == first
