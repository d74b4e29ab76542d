import json
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_solutions(shared: Path) -> list[tuple[str, str]]:
    """Questions of GSM8K, each with a person's solution and again with a model's."""
    lines = (shared / "data" / "model_outputs" / "qwen2.5-3b_gsm8k.jsonl").read_text().splitlines()[:150]
    rows = [json.loads(line) for line in lines]
    return [(row["question"], text) for row in rows for text in (row["gt_cot"], row["code"][0])]
