"""Methods that need no weights, through `vllm serve` with the pocket model, of which only the address is known."""

from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from tests.pipelines.runs import built, report, run_file
from tests.stages.engines.vllm_server import POCKET

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(1200),  # the first test waits for the server too
]

SAMPLING = {"max_tokens": 512, "temperature": 0.0}


def run(
    folder: Path, address: str, method: dict[str, Any], tasks: tuple[str, ...] = ("addition", "word_problems")
) -> Path:
    return run_file(
        folder,
        problems={"kind": "task", "task": tasks, "count": 8, "seed": 3},
        engine={"kind": "remote", "base_url": f"{address}/v1", "model": "pocket", "concurrency": 32},
        tokenizer=str(POCKET),
        methods=[{**method, "sampling": SAMPLING}],
    )


def rows(path: Path, kind: str) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(built(path).folder / kind)).values() for row in split]


@pytest.mark.parametrize("search", [{"kind": "halving"}, {"kind": "bisect", "precision": 32}])
def test_finds_budgets_that_shorten_what_the_model_says(
    tmp_path: Path, vllm_address: str, search: dict[str, Any]
) -> None:
    path = run(tmp_path, vllm_address, {"kind": "token_budget", "search": search, "rows": "both"})
    found = rows(path, "token_budget")
    short = [row for row in found if row["control_kind"] == "budget"]

    assert len(short) >= 6
    assert len(found) == 2 * len(short)
    assert all(row["verdict"] == "correct" and row["kept_ratio"] < 0.6 for row in short)
    assert {row["shortened_by"] for row in short} == {"pocket@unstated"}


def test_answers_within_the_fallback_where_a_model_cannot_estimate(tmp_path: Path, vllm_address: str) -> None:
    path = run(tmp_path, vllm_address, {"kind": "token_budget", "budget": "estimated", "fallback": 60})
    found = rows(path, "token_budget")
    told = report(path)["methods"]["token_budget"]

    assert len(found) >= 6
    assert told["remarks"] == {"estimate_unreadable": len(found)}
    assert all(row["control_value"] == 60 and row["kept_ratio"] < 0.6 for row in found)
    assert all(row["spent_tokens"] > row["from_tokens"] + row["reply_tokens"] for row in found)


def test_labels_problems_with_the_fewest_tokens_of_any_prompt(tmp_path: Path, vllm_address: str) -> None:
    prompts = ["default_cot", "be_concise", {"id": "token_budget", "values": [50]}]
    path = run(tmp_path, vllm_address, {"kind": "prompted", "prompts": prompts, "keep": "all", "race": False})
    found = rows(path, "prompted")
    by_prompt = {name: [row for row in found if row["prompt_id"] == name] for name in {r["prompt_id"] for r in found}}

    assert set(by_prompt) >= {"default_cot", "be_concise"}
    assert all(row["reply_tokens"] > 2 * row["token_complexity"] for row in by_prompt["default_cot"])
    assert all(row["reply_tokens"] < 1.5 * row["token_complexity"] for row in by_prompt["be_concise"])
    assert report(path)["methods"]["prompted"]["solved"] >= 6


def test_asks_for_fewer_steps_without_a_model_of_its_own(tmp_path: Path, vllm_address: str) -> None:
    path = run(tmp_path, vllm_address, {"kind": "learn_skip", "iterations": 0}, ("addition", "algebra"))
    found = rows(path, "learn_skip")
    asked = report(path)["methods"]["learn_skip"]
    shorter = [row for row in found if row["from_trace_id"] is not None]

    assert {row["verdict"] for row in found} == {"correct"}
    assert len(found) - len(shorter) == 8
    assert all(row["shortened_by"] == "pocket@unstated" for row in shorter)
    assert asked["used"] + sum(asked["rejected"].values()) == asked["traces"]
    assert asked["traces"] > 8
