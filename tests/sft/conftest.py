from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from tests.sft.small import POCKET, version


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
