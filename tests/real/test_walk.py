"""The whole way on the real model: it is asked, its chains are shortened, it is trained, and it is measured.

It solves next to nothing, so the questions are trivial, and nothing here says how often it is right. What is tried are
its tokenizer, its template, and text that nobody wrote for us.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.store import Artifact
from pipelines.build.build import Order
from pipelines.measure.measure import read_measure_order
from pipelines.measure.reckons import MEASURED
from stages.engines.engine import Message, Reply, Request, Running, Sampling
from stages.engines.local.local import Local
from tests.flows.builds import Command
from tests.pipelines.runs import built, ordered, report
from tests.real.test_made import SYSTEM
from tests.warm_engines import WarmHere

ROOT = Path(__file__).parents[2]
STEP_TOKENS = 256
TOKENS = 64

pytestmark = [pytest.mark.real, pytest.mark.engine, pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(1200)]

QUESTIONS = {
    "What is 2 + 3?": "5",
    "What is 1 + 1?": "2",
    "What is 5 + 5?": "10",
    "What is 3 + 4?": "7",
    "How many days are in a week?": "7",
    "How many legs does a dog have?": "4",
}
PRESETS: Mapping[str, Any] = {
    "bare": "bare",
    "boxed_steps": "boxed_steps",
    "own": {"preset": "boxed_steps", "system": "", "user": "{question} Think step by step."},
}


def run_file(folder: Path, name: str, **tree: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"name": name, "runs": str(folder / "runs"), "where": "here", **tree}))
    return path


def lines_file(path: Path, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Write rows as JSON lines; return the block that reads question and gold of them."""
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return {"kind": "file", "path": str(path), "columns": {"question": "question", "gold": "answer"}}


def sampled_rows(order: Order) -> list[dict[str, Any]]:
    """Return every trace that was sampled, right or wrong."""
    (branch,) = order.plan.branches
    artifact = Artifact(Path(order.run.runs) / order.run.name / "artifacts" / branch.traces.folder)
    return [row for table in artifact.tables() for row in table.to_pylist()]


def rows_of(path: Path, config: str) -> list[dict[str, Any]]:
    """Build a run file; return the rows of a config, which has no folder where there are none."""
    folder = built(path).folder / config
    return [row for split in load_from_disk(str(folder)).values() for row in split] if folder.is_dir() else []


@pytest.fixture(scope="module")
def sampled(
    real_engine: Mapping[str, Any], warm_loop: WarmHere, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    """What the model says to the questions, by preset."""
    folder = tmp_path_factory.mktemp("sampled")
    problems = lines_file(
        folder / "q.jsonl", [{"question": asked, "answer": gold} for asked, gold in QUESTIONS.items()]
    )
    found = {}
    for name, prompt in PRESETS.items():
        method = {"kind": "shortest_correct", "zero_shot": 2, "race": False, "sampling": {"max_tokens": TOKENS}}
        tree = {"problems": problems, "engine": dict(real_engine), "prompt": prompt, "methods": [method]}
        path = run_file(folder, name, **tree)
        with warm_loop.lent():
            built(path)
        found[name] = sampled_rows(ordered(path))
    return found


@pytest.fixture(scope="session")  # its tests are not run side by side: those that share an engine come last
def taught(real_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in which the model has learned, in twenty steps, to answer sums in one line and a box."""
    folder = tmp_path_factory.mktemp("taught")
    sums = [(left, right) for left in range(2, 8) for right in range(2, 6)]
    source = lines_file(
        folder / "traces.jsonl",
        [
            {
                "question": f"What is {left} + {right}?",
                "answer": str(left + right),
                "reply": f"{left} plus {right} makes {left + right}, so it is \\boxed{{{left + right}}}.",
            }
            for left, right in sums
        ],
    )
    traces = source | {"replies": [{"text": "reply"}]}
    tree = {"traces": traces, "prompt": "bare", "tokenizer": str(real_model), "splits": {"shares": {"train": 1.0}}}
    version = built(run_file(folder, "lines", **tree, methods=[{"kind": "shortest_correct"}])).folder
    training = {
        "base": {"model": str(real_model)},
        "dataset": {"path": str(version), "config": "shortest_correct", "held_out": None},
        "adapter": {"rank": 8, "alpha": 16},
        "learning_rate": 2e-3,
        "max_steps": 20,
        "batch_size": 1,
        "accumulate": 1,
        "log_every": 1,
        "checkpoint_every": 20,
        "threads": 1,
    }
    path = run_file(folder, "tune")
    path.write_text(json.dumps({"name": "tuned", "runs": str(folder / "runs"), "training": training, "where": "here"}))
    command = [sys.executable, "-m", "flows", "tune", str(path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


def test_it_is_asked_in_its_own_template_and_its_tokens_are_counted_as_its_tokenizer_does(
    real_engine: Mapping[str, Any], real_tokenizer: Any, warm_loop: WarmHere
) -> None:
    user, system = Message("user", "What is 2 + 3?"), Message("system", "Be brief.")
    requests = [Request(turns, Sampling(max_tokens=24, temperature=0.0), seed=1) for turns in ((user,), (system, user))]

    async def asked(running: Running) -> list[Reply]:
        return [await running.generate(request) for request in requests]

    bare, told = warm_loop.ask(Local(**real_engine), asked)

    for request, reply in zip(requests, (bare, told), strict=True):
        turns = [{"role": turn.role, "content": turn.content} for turn in request.messages]
        text = real_tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        written = len(real_tokenizer.encode(reply.text, add_special_tokens=False))
        assert reply.prompt_tokens == len(real_tokenizer.encode(text, add_special_tokens=False))
        assert reply.tokens == written + (reply.finish_reason == "stop")
        assert "<|im_" not in reply.text
        assert (SYSTEM in text) == (len(turns) == 1)
    assert bare.text == "2 + 3 = 5"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_what_it_is_asked_and_what_the_row_holds(
    preset: str, sampled: dict[str, list[dict[str, Any]]]
) -> None:
    before, after = {
        "bare": ([], ""),
        "boxed_steps": ([("system", "Please reason step by step, and put your final answer within \\boxed{}.")], ""),
        "own": ([], " Think step by step."),
    }[preset]
    rows = sampled[preset]

    assert len(rows) == 2 * len(QUESTIONS)
    for row in rows:
        turns = [(turn["role"], turn["content"]) for turn in row["prompt"]]
        assert turns == [*before, ("user", row["question"] + after)]
        assert 0 < row["reply_tokens"] <= TOKENS
        assert row["reply"] and "<|im_" not in row["reply"]
        assert row["finish_reason"] in ("stop", "length")
    assert len({row["reply"] for row in rows}) > len(QUESTIONS)


def test_rules_and_its_own_surprisal_shorten_its_chains_and_every_one_is_accounted_for(
    sampled: dict[str, list[dict[str, Any]]], real_model: Path, real_tokenizer: Any, tmp_path: Path
) -> None:
    # It is seldom right, so each chain is held to the answer that it states itself: there is no gold.
    chains = [row for rows in sampled.values() for row in rows if row["finish_reason"] == "stop"]
    told = [{"id": f"{at}", "question": row["question"], "reply": row["reply"]} for at, row in enumerate(chains)]
    source = lines_file(tmp_path / "chains.jsonl", told) | {
        "columns": {"id": "id", "question": "question", "gold": None},
        "replies": [{"text": "reply"}],
    }
    weights = {"model": str(real_model)}
    skip = {"kind": "token_skip", "ratios": [0.5], "scorer": {"kind": "self_information", "weights": weights}}
    methods = [skip, {"kind": "c3ot", "by": "rules"}]
    path = run_file(tmp_path, "chains", traces=source, prompt="bare", tokenizer=str(real_model), methods=methods)
    cut, pairs = rows_of(path, "token_skip"), rows_of(path, "c3ot")

    assert cut
    for row in cut:
        assert row["verdict"] == "kept_answer"
        assert row["cot_tokens"] == len(real_tokenizer.encode(row["cot"], add_special_tokens=False))
    assert any(row["units_kept_ratio"] < 0.7 for row in cut)
    for name, rows in (("token_skip", cut), ("c3ot", pairs)):
        counts = report(path)["methods"][name]
        assert counts["traces"] == len(told)
        assert counts["used"] + sum(counts["rejected"].values()) == counts["traces"]
        assert counts["rows"] == len(rows)
    shorter = [row for row in pairs if row["control_kind"] == "ratio_removed"]
    assert all(row["cot_tokens"] < row["from_tokens"] for row in shorter)
    assert len(pairs) == 2 * len(shorter)


def test_twenty_steps_of_few_tokens_lower_the_loss(taught: Path, real_tokenizer: Any) -> None:
    rows = rows_of(taught / "lines.yaml", "shortest_correct")
    whole = [real_tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False) for row in rows]
    metrics = taught / "runs" / "tuned" / "training" / "stage-00" / "metrics.jsonl"
    losses = [told["loss"] for told in map(json.loads, metrics.read_text("utf-8").splitlines()) if "loss" in told]

    assert max(len(real_tokenizer.encode(text, add_special_tokens=False)) for text in whole) <= STEP_TOKENS
    assert len(losses) == 20
    assert losses[-1] < 0.3 * losses[0]


def test_measured_beside_its_base_adapter_and_folded_model_answer_on_vllm_as_it_was_taught(
    taught: Path, real_engine: Mapping[str, Any], warm: Command, tmp_path: Path
) -> None:
    problems = lines_file(
        tmp_path / "q.jsonl", [{"question": f"What is {n} + 9?", "answer": str(n + 9)} for n in range(2, 8)]
    )
    adapter = taught / "runs" / "tuned" / "training" / "model"
    folded = tmp_path / "folded"
    assert warm("convert", "fold", str(adapter), str(folded), "--dtype", "float32").code == 0
    models = [
        {"name": "base"},
        {"name": "taught", "adapter": str(adapter)},
        {"name": "folded", "engine": {**real_engine, "model": str(folded)}},
    ]
    tree = {"problems": problems, "engine": dict(real_engine), "prompt": "bare", "models": models, "max_tokens": 48}
    path = run_file(tmp_path, "measured", **tree)

    ran = warm("measure", str(path))

    order = read_measure_order(path)
    replies = {
        cell.name.removesuffix("-greedy"): [
            row["reply"]
            for rows in Artifact(order.run.folder / "artifacts" / cell.folder).tables()
            for row in rows.to_pylist()
        ]
        for cell in order.plan.cells
    }
    base, tuned, whole = (told["all"] for told in json.loads((order.run.folder / MEASURED).read_text())["results"])
    assert ran.code == 0, ran.err
    assert [len(found) for found in replies.values()] == [6, 6, 6]
    assert replies["folded"] == replies["taught"]
    assert all("\\boxed{" in reply for reply in replies["taught"])
    assert not any("\\boxed{" in reply for reply in replies["base"])
    assert (base["replies"], tuned["replies"], whole["replies"]) == (6, 6, 6)
    for model in (adapter, folded):
        assert "measured" in (model / "README.md").read_text("utf-8").lower()
