from collections.abc import Iterator
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from tests.sft.small import POCKET


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
