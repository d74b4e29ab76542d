"""C3oT with a real rewriter: the pocket model on vLLM, in this project's engine and behind `vllm serve`."""

import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from pipelines.methods.c3ot import LONG, SHORT
from tests.flows.builds import Command
from tests.pipelines.runs import built
from tests.stages.engines.vllm_server import POCKET
from tests.warm_engines import POCKET_ENGINE

TASKS = ["addition", "algebra", "directions", "word_problems"]

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(1200)]


def run_file(folder: Path, **changes: Any) -> Path:
    """Write a run file in which the pocket model samples 8 problems and rewrites its own traces."""
    method = {
        "kind": "c3ot",
        "sampling": {"max_tokens": 512, "temperature": 0.0, "top_p": 1.0},
        "rewriting": {"max_tokens": 300, "temperature": 0.7, "top_p": 1.0},
        "retries": 4,
        "tell_reason": False,
    }
    tree = {
        "name": "pocket",
        "runs": str(folder / "runs"),
        "problems": {"kind": "task", "task": TASKS, "count": 8, "seed": 7},
        "engine": dict(POCKET_ENGINE),
        "tokenizer": str(POCKET),
        "where": "here",
        "methods": [method],
        **changes,
    }
    path = folder / "run.yaml"
    path.write_text(json.dumps(tree))
    return path


def faults(dataset: Path) -> list[str]:
    """What is wrong with the rows of a dataset, which hold at least six pairs."""
    rows = [row for split in load_from_disk(str(dataset / "c3ot")).values() for row in split]
    pairs: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        pairs.setdefault(row["from_trace_id"] or row["trace_id"], {})[row["control_kind"]] = row
    found = [] if len(pairs) >= 6 else [f"only {len(pairs)} pairs"]
    for source, pair in pairs.items():
        if set(pair) != {"none", "ratio_removed"} or len(rows) != 2 * len(pairs):
            found.append(f"{source} is no pair")
            continue
        long, short = pair["none"], pair["ratio_removed"]
        sound = {
            "shorter": short["cot_tokens"] < long["cot_tokens"],
            "correct": short["verdict"] == long["verdict"] == "correct",
            "long prompt": long["prompt"][-1]["content"].startswith(LONG),
            "short prompt": short["prompt"][-1]["content"].startswith(SHORT),
            "rewriter": "pocket@" in short["shortened_by"] and len(short["prompt_sha"]) == 64,
            "ratio": abs(short["kept_ratio"] + short["control_value"] - 1) < 1e-9,
        }
        found += [f"{source}: not {name}" for name, right in sound.items() if not right]
    return found


def test_the_pocket_model_rewrites_its_own_traces(warm: Command, tmp_path: Path) -> None:
    ran = warm("build", str(run_file(tmp_path)))
    (dataset,) = [path for path in (tmp_path / "runs/pocket/dataset").iterdir() if path.is_dir()]

    assert ran.code == 0, ran.err
    assert faults(dataset) == []


def test_a_server_of_vllm_rewrites_as_well(vllm_address: str, tmp_path: Path) -> None:
    engine = {"kind": "remote", "base_url": f"{vllm_address}/v1", "model": "pocket", "accepts": ["seed"]}
    published = built(run_file(tmp_path, engine=engine))

    assert faults(published.folder) == []
