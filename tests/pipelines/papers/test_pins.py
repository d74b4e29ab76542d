from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError
from data.store import read_json
from pipelines.papers.pins import What, pinned

TREES: dict[str, Any] = {
    "build": {
        "problems": {"kind": "file", "path": "hf://datasets/openai/gsm8k/main/train-*.parquet"},
        "engine": {"kind": "local", "model": "Qwen/Qwen3-8B"},
        "engines": {"vendor": {"kind": "remote", "model": "openai/gpt-4o"}},
        "methods": [{"scorer": {"weights": {"model": "microsoft/scorer", "revision": "a" * 40}}}],
    },
    "tune": {"training": {"base": {"model": "Qwen/Qwen3-8B"}, "dataset": {"path": "runs/x"}}},
}


def test_a_commit_is_asked_for_once_and_kept(tmp_path: Path) -> None:
    asked: list[tuple[What, str]] = []

    def resolve(what: What, name: str) -> str:
        asked.append((what, name))
        return str(len(asked)) * 40

    first = pinned(TREES, tmp_path / "commits.json", resolve)
    again = pinned(TREES, tmp_path / "commits.json", resolve)

    assert asked == [("dataset", "openai/gsm8k"), ("model", "Qwen/Qwen3-8B")]
    assert first == again
    assert first["build"]["problems"]["path"] == f"hf://datasets/openai/gsm8k@{'1' * 40}/main/train-*.parquet"
    assert first["build"]["engine"]["revision"] == first["tune"]["training"]["base"]["revision"] == "2" * 40
    assert read_json(tmp_path / "commits.json") == {"dataset/openai/gsm8k": "1" * 40, "model/Qwen/Qwen3-8B": "2" * 40}


def test_what_a_server_serves_or_is_pinned_stays(tmp_path: Path) -> None:
    tree = pinned(TREES, tmp_path / "commits.json", lambda what, name: "b" * 40)["build"]

    assert "revision" not in tree["engines"]["vendor"]
    assert tree["methods"][0]["scorer"]["weights"]["revision"] == "a" * 40


def test_all_that_the_hub_does_not_tell_is_told_at_once(tmp_path: Path) -> None:
    def resolve(what: What, name: str) -> str:
        raise ConfigError(f"{what} {name}: no")

    with pytest.raises(ConfigError) as caught:
        pinned(TREES, tmp_path / "commits.json", resolve)

    assert caught.value.faults == ("dataset openai/gsm8k: no", "model Qwen/Qwen3-8B: no")
    assert not (tmp_path / "commits.json").exists()
