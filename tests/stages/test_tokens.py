"""Tokenizers pinned like models.

Public cases of the kind, the revision of the model not reaching its tokenizer: lighteval#721,
lm-evaluation-harness#2492, worker-vllm#100, vllm#4214, tuned-lens#45, transformers#45907.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import CharDelimiterSplit, WhitespaceSplit

from data.errors import ConfigError
from data.spec import parse
from pipelines.build.run_file import Run
from pipelines.measure.run_file import Measurement
from stages.tokens import load_tokenizer, tokenizer_of

MAIN, PINNED = "a" * 40, "b" * 40
TEXT = "one two,three four"
POCKET = Path("data/pocket")


def saved(folder: Path, pieces: Any) -> Path:
    tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    tokenizer.pre_tokenizer = pieces
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A cache of the Hub that holds two commits of a model, whose tokenizers differ; the branch is at the other one."""
    model = tmp_path / "hub" / "models--lab--model"
    saved(model / "snapshots" / MAIN, CharDelimiterSplit(","))
    saved(model / "snapshots" / PINNED, WhitespaceSplit())
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(MAIN)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    load_tokenizer.cache_clear()
    yield "lab/model"
    load_tokenizer.cache_clear()


def test_counts_with_the_commit_that_is_pinned(hub: str) -> None:
    main, pinned = load_tokenizer(f"{hub}@{MAIN}"), load_tokenizer(f"{hub}@{PINNED}")

    assert (main.count([TEXT]), pinned.count([TEXT])) == ([2], [3])
    assert pinned.identity == f"{hub}@{PINNED}"


@pytest.mark.parametrize("name", ["lab/model", "lab/model@main", "lab/model@bbbbbbb", "lab/model@"])
def test_refuses_one_of_the_hub_that_is_not_pinned(hub: str, name: str) -> None:
    with pytest.raises(ConfigError, match="give the full commit"):
        load_tokenizer(name)


@pytest.mark.parametrize("name", [f"lab/other@{PINNED}", f"lab/model@{'c' * 40}", f"la b/../x@{PINNED}"])
def test_says_that_the_hub_did_not_give_it(hub: str, name: str) -> None:
    with pytest.raises(ConfigError, match="the Hub did not give its"):
        load_tokenizer(name)


def test_a_folder_is_known_by_what_it_holds_wherever_it_lies(tmp_path: Path) -> None:
    here = saved(tmp_path / "here" / "model", WhitespaceSplit())
    there = shutil.copytree(here, tmp_path / "there" / "model")
    other = saved(tmp_path / "other" / "model", CharDelimiterSplit(","))

    assert load_tokenizer(str(here)).identity == load_tokenizer(str(there)).identity
    assert load_tokenizer(str(here)).identity != load_tokenizer(str(other)).identity


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"tokenizer.model": "pieces"}, "holds no tokenizer.json \\(there is tokenizer.model\\)"),
        ({}, "holds no tokenizer.json \\(there is nothing\\)"),
        ({"tokenizer.json": "{}"}, "not a tokenizer that can be read"),
    ],
)
def test_says_what_is_wrong_with_a_folder(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(ConfigError, match=reason):
        load_tokenizer(str(tmp_path))


LOCAL = {"kind": "local", "model": "lab/model", "revision": PINNED, "max_loras": 1}
PROBLEMS = {"kind": "task", "task": "addition", "count": 1}


def test_a_run_and_a_measurement_count_with_the_tokenizer_of_the_pinned_model() -> None:
    run = {"name": "r", "problems": PROBLEMS, "engine": LOCAL, "methods": [{"kind": "shortest_correct"}]}
    measurement = {"name": "m", "problems": PROBLEMS, "engine": LOCAL, "models": [{"name": "base"}]}

    assert parse(Run, json.dumps(run), where="here").counter == f"lab/model@{PINNED}"
    assert parse(Measurement, json.dumps(measurement), where="here").counter == f"lab/model@{PINNED}"
    assert tokenizer_of(str(POCKET), PINNED) == str(POCKET)
