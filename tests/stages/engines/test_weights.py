import os
from pathlib import Path

import pytest

from data.errors import ConfigError
from stages.engines.weights import model_revision

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def save(folder: Path, **files: str) -> str:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return str(folder)


def test_a_folder_is_known_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    one = save(tmp_path / "one", model__safetensors="w", tokenizer__json="t")
    two = save(tmp_path / "two", tokenizer__json="t", model__safetensors="w")
    os.utime(tmp_path / "two" / "model.safetensors", (1, 1))

    assert model_revision(one) == model_revision(two)


@pytest.mark.parametrize("name", ["model__safetensors", "tokenizer__json", "chat_template__jinja"])
def test_a_change_in_any_file_of_the_model_is_another_revision(tmp_path: Path, name: str) -> None:
    folder = save(tmp_path / "m", model__safetensors="w", tokenizer__json="t", chat_template__jinja="c")
    before = model_revision(folder)

    save(tmp_path / "m", **{name: "changed"})

    assert model_revision(folder) != before


def test_what_is_no_part_of_the_model_does_not_matter(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", model__safetensors="w")
    before = model_revision(folder)

    save(tmp_path / "m", README__md="words")

    assert model_revision(folder) == before


def test_a_folder_without_safetensors_is_refused_and_what_is_there_is_told(tmp_path: Path) -> None:
    folder = save(tmp_path / "m", pytorch_model__bin="w")

    with pytest.raises(ConfigError, match=r"no \*\.safetensors .*pytorch_model\.bin"):
        model_revision(folder)


def test_a_model_on_the_hub_is_known_by_its_commit() -> None:
    assert model_revision("someone/something", COMMIT) == COMMIT


@pytest.mark.parametrize("revision", [None, "main", COMMIT[:7]])
def test_a_model_on_the_hub_without_a_full_commit_is_refused(revision: str | None) -> None:
    with pytest.raises(ConfigError, match="full commit"):
        model_revision("someone/something", revision)
