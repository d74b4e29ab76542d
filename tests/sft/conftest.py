from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from sft.config import Training
from sft.run.train import train
from tests.sft.several import CASES, SHARDED, VALVE, case, launch
from tests.sft.small import POCKET, rows, version


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """A model this small is trained fifty times slower by threads that wait for each other on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(POCKET)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version of sums at three lengths."""
    return version(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def in_two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Training]]:
    """Where one group of two processes has trained every run of `tests.sft.several`, and those runs by their names."""
    right = [row | {"verdict": "correct", "tokenizer": "pocket"} for row in rows()]
    plain = version(tmp_path_factory.mktemp("plain"), right)
    with_tokens = version(tmp_path_factory.mktemp("added"), [row | {"added_tokens": ["<brief>"]} for row in right])
    datasets = dict.fromkeys(CASES, with_tokens) | dict.fromkeys([VALVE, *SHARDED], plain)
    runs = {name: case(name, dataset, workers=2) for name, dataset in datasets.items()}
    root = tmp_path_factory.mktemp("two")
    launch(runs, root)
    return root, runs


@pytest.fixture(scope="session")
def in_one(
    in_two: tuple[Path, Mapping[str, Training]], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Trains such a run in this process, whole, and says where; once each."""
    root = tmp_path_factory.mktemp("one")

    @cache
    def trained(name: str) -> Path:
        whole = replace(in_two[1][name], workers=1, fsdp=False, gradient_checkpointing=False)
        train(whole, root / name)
        return root / name

    return trained
