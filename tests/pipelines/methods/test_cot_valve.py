import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from datasets import load_from_disk
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

from data.errors import ArtifactError, ConfigError
from data.journal import asked_again
from data.store import Artifact, read_json
from pipelines.build.build import read_order
from pipelines.exports.mixchain import write_mixchain
from pipelines.files.subtracts import Subtracts
from pipelines.files.takes import Takes
from pipelines.files.trains import Trains
from stages.choosing.keep_chosen import KeepChosen
from stages.choosing.remark_order import RemarkOrder
from stages.skipping.full_chains import FullChains
from tests.flows.builds import Command, wait_for
from tests.pipelines.killing import kill, replies, started
from tests.pipelines.runs import built, ordered, run_file
from tests.stages.engines.vllm_server import POCKET
from tests.warm_engines import POCKET_ENGINE


def tree(**fields: object) -> dict[str, Any]:
    method = {
        "kind": "cot_valve",
        "alphas": [0.0, 0.5, 1.0],
        "along": {"kind": "update", "samples": 2},
        "lora": {"rank": 8, "alpha": 16},
        "epochs": 16,
        "learning_rate": 3e-3,
        "threads": 1,
        "sampling": {"max_tokens": 512, "temperature": 0.0},
    }
    problems = {"kind": "task", "task": ["addition", "word_problems"], "count": 12}
    return {
        "problems": problems,
        "engine": dict(POCKET_ENGINE),
        "methods": [method | fields],
        "where": "here",
        "block": 6,
    }


def turned_shorter(tmp_path: Path, path: Path) -> None:
    """Assert that the chains of a build that is done get shorter along the direction it trained."""
    branch = read_order(path).plan.branches[0]
    chains = [row for part in _artifact(tmp_path, branch.traces.folder).tables() for row in part.to_pylist()]
    (version,) = (tmp_path / "runs" / "small" / "dataset").glob("[0-9a-f]*")
    rows = [row for split in load_from_disk(str(version / "cot_valve")).values() for row in split]
    by_problem: dict[str, dict[float, int]] = defaultdict(dict)
    for row in chains:
        by_problem[row["problem_id"]][row["control_value"]] = row["cot_tokens"]

    assert [set(lengths) for lengths in by_problem.values()] == [{0.0, 0.5, 1.0}] * 12
    assert {row["verdict"] for row in rows} == {"correct"}
    assert {row["control_kind"] for row in rows} == {"alpha"}
    shortest, base = (sum(lengths[alpha] for lengths in by_problem.values()) for alpha in (1.0, 0.0))
    assert shortest < 0.8 * base


@pytest.mark.engine
@pytest.mark.slow
def test_chains_get_shorter_along_a_direction_that_is_trained_once(warm: Command, tmp_path: Path) -> None:
    path = run_file(tmp_path, **tree())

    ran = warm("build", str(path))

    assert ran.code == 0, ran.err
    assert replies(tmp_path) == 12 * 2 + 12 * 3
    turned_shorter(tmp_path, path)
    artifacts = tmp_path / "runs" / "small" / "artifacts"
    (trained,) = artifacts.glob("direction-*/training/model/adapter_model.safetensors")
    before = trained.stat().st_mtime_ns
    again = warm("build", str(path))

    assert again.code == 0
    assert "there already" in again.err
    assert "begun" not in again.err
    assert trained.stat().st_mtime_ns == before
    (tmp_path / "taken").mkdir()
    along = {"kind": "adapter", "path": str(trained.parent)}
    taken = run_file(tmp_path / "taken", **tree(along=along))
    assert warm("build", str(taken)).code == 0
    turned_shorter(tmp_path / "taken", taken)


@pytest.mark.soak
@pytest.mark.engine
@pytest.mark.slow
def test_killed_while_it_trains_it_asks_no_problem_twice(warm: Command, tmp_path: Path) -> None:
    path = run_file(tmp_path, **tree())
    process = started(path)
    artifacts = tmp_path / "runs" / "small" / "artifacts"
    wait_for(lambda: any(artifacts.glob("direction-*/training/stage-00/metrics.jsonl")), process)
    beside = [" ".join(one.cmdline()) for one in psutil.Process(process.pid).children(recursive=True)]
    kill(process)
    kept = replies(tmp_path)
    assert any("pipelines.train.alone" in command for command in beside)
    assert not [command for command in beside if "VLLM" in command]  # its memory is free while the model trains
    assert not [*artifacts.glob("direction-*/training/model")]

    ran = warm("build", str(path))

    assert ran.code == 0, ran.err
    assert asked_again(tmp_path / "runs" / "small" / "journal") == 0
    assert kept == 12 * 2
    assert replies(tmp_path) == kept + 12 * 3
    turned_shorter(tmp_path, path)


@pytest.mark.long
@pytest.mark.cluster
@pytest.mark.engine
def test_on_ray_it_trains_with_two_workers_and_asks_what_they_made(tmp_path: Path, one_ray: None) -> None:
    training = {"adapter": {"rank": 8, "alpha": 16}, "learning_rate": 3e-3, "max_steps": 4, "threads": 1, "workers": 2}
    method = {
        "kind": "cot_valve",
        "alphas": [0.0, 1.0],
        "along": {"kind": "update", "samples": 2},
        "training": training,
    }
    path = run_file(tmp_path, **(tree() | {"methods": [method], "where": "ray"}))

    published = built(path)

    (record,) = (tmp_path / "runs" / "small" / "artifacts").glob("direction-*/training/model/training.json")
    rows = [row for split in load_from_disk(str(published.folder / "cot_valve")).values() for row in split]
    assert json.loads(record.read_text())["trained"]["stages"][0]["step"] == 4
    assert {row["control_value"] for row in rows} == {0.0, 1.0}


def test_what_cannot_turn_is_refused_with_every_fault(tmp_path: Path) -> None:
    wrong = tree(lora={"kind": "dora", "rank": 8, "alpha": 16}) | {"engine": {"kind": "fake"}}

    with pytest.raises(ConfigError) as raised:
        ordered(run_file(tmp_path, **wrong))

    assert [("max_loras" in fault, "not linear" in fault) for fault in raised.value.faults] == [
        (True, False),
        (False, True),
    ]


def test_another_alpha_trains_no_other_direction(tmp_path: Path) -> None:
    plans = [ordered(run_file(tmp_path, **tree(alphas=alphas))).plan for alphas in ([0.5], [0.5, 1.5])]
    trained = [{step.folder for step in plan.steps if step.name == "direction"} for plan in plans]

    assert trained[0] == trained[1]
    assert plans[0].branches[0].rows.fingerprint != plans[1].branches[0].rows.fingerprint


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.slow
def test_two_updates_are_mixed_from_long_thinking_to_none(warm: Command, tmp_path: Path) -> None:
    path = run_file(tmp_path, **tree(along={"kind": "mixture", "samples": 2}))
    ran = warm("build", str(path))
    branch = read_order(path).plan.branches[0]
    chains = [row for part in _artifact(tmp_path, branch.traces.folder).tables() for row in part.to_pylist()]
    lengths = {alpha: [row["cot_tokens"] for row in chains if row["control_value"] == alpha] for alpha in (0.0, 1.0)}
    (mixed,) = (step for step in read_order(path).plan.steps if step.name == "alphas")
    told = read_json(tmp_path / "runs" / "small" / "artifacts" / mixed.folder / "times_0.5_0.5" / "training.json")

    assert ran.code == 0, ran.err
    assert sum(lengths[1.0]) < 0.2 * sum(lengths[0.0])
    assert [part["update"]["direction"] for part in told["mixed"]] == ["long_to_short", "short_to_long"]


@pytest.mark.engine
@pytest.mark.long
def test_the_difference_of_two_models_turns_one_into_the_other_and_trains_nothing(
    warm: Command, tmp_path: Path
) -> None:
    base = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    torch.manual_seed(0)
    for name, weight in base.named_parameters():
        if "o_proj" in name:
            weight.data += 0.5 * torch.randn(weight.shape[0], 1) @ torch.randn(1, weight.shape[1])
    base.save_pretrained(tmp_path / "other")
    along = {"kind": "difference", "other": {"model": str(tmp_path / "other")}, "lora_rank": 8}
    path = run_file(tmp_path, **tree(along=along, alphas=[0.0, 1.0]))
    ran = warm("build", str(path))
    run = read_order(path)
    chains = [
        row for part in _artifact(tmp_path, run.plan.branches[0].traces.folder).tables() for row in part.to_pylist()
    ]
    right = {
        alpha: sum(row["verdict"] == "correct" and row["control_value"] == alpha for row in chains) for alpha in (0, 1)
    }

    assert ran.code == 0, ran.err
    assert [step.name for step in run.plan.steps] == ["read", "difference", "alphas", "chains", "cot_valve"]
    assert right[0] > 8
    assert right[1] < right[0]  # the other model's attention is broken


def test_an_adapter_of_two_updates_needs_twice_the_rank(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="rank 32 is over the engine's max_lora_rank, 16"):
        ordered(run_file(tmp_path, **tree(along={"kind": "mixture"}, lora={"rank": 16, "alpha": 32})))


def test_a_direction_towards_long_chains_learns_from_the_longest(tmp_path: Path) -> None:
    plan = ordered(run_file(tmp_path, **tree(along={"kind": "update", "direction": "short_to_long"}))).plan
    steps = {step.name: step for step in plan.steps}

    assert KeepChosen(choose="longest") in steps["long-rows"].stages
    assert RemarkOrder(direction="short_to_long") in steps["cot_valve"].stages


def test_the_way_of_a_difference_reaches_the_record_and_the_remarks(tmp_path: Path) -> None:
    along = {"kind": "difference", "other": {"model": "data/pocket"}, "lora_rank": 8, "direction": "short_to_long"}
    steps = {step.name: step for step in ordered(run_file(tmp_path, **tree(along=along))).plan.steps}

    assert RemarkOrder(direction="short_to_long") in steps["cot_valve"].stages
    assert isinstance(steps["difference"].files, Subtracts)
    assert steps["difference"].files.direction == "short_to_long"


def test_the_way_of_an_update_reaches_the_training_that_records_it(tmp_path: Path) -> None:
    for way in ("long_to_short", "short_to_long"):
        plan = ordered(run_file(tmp_path, **tree(along={"kind": "update", "direction": way}))).plan
        (trains,) = (step.files for step in plan.steps if step.name == "direction")
        assert isinstance(trains, Trains)
        assert trains.training.direction == way


def test_alphas_that_are_alike_are_refused(tmp_path: Path) -> None:
    for alphas in ([0.5, 0.5], [0.12345671, 0.12345674]):
        with pytest.raises(ConfigError, match="alike in six digits"):
            ordered(run_file(tmp_path, **tree(alphas=alphas)))


def test_the_published_layout_is_checked_and_kept_like_chains_of_our_own(tmp_path: Path) -> None:
    published = {
        "question": ["What is 2 + 3?", "What is 4 + 4?"],
        "answer": ["5", "8"],
        "solution_0": ["The answer is 5.", "The answer is 8."],
        "solution_0_token": [5, 5],
        "correct_0": [True, True],
        "solution_1": ["Let me count on from 2: 3, 4, 5. The answer is 5.", "Twice 4 is 9. The answer is 9."],
        "solution_1_token": [18, 10],
        "correct_1": [True, True],
    }
    pq.write_table(pa.table(published), tmp_path / "mixchain.parquet")
    replies = [
        {"text": f"solution_{k}", "score": f"correct_{k}", "control_kind": "level", "control_value": float(k)}
        for k in range(2)
    ]
    traces = {"kind": "file", "path": str(tmp_path / "mixchain.parquet"), "replies": replies}
    method = {"kind": "cot_valve", "along": {"kind": "update", "direction": "short_to_long"}}
    done = built(run_file(tmp_path, traces=traces, problems=None, engine=None, methods=[method], tokenizer="words"))
    rows = [row for split in load_from_disk(str(done.folder / "cot_valve")).values() for row in split]
    place = write_mixchain(done.folder, "cot_valve", tmp_path / "mixchain", complete=False)
    again = [row for path in place.glob("*.parquet") for row in pq.read_table(path).to_pylist()]

    assert sorted((row["question"], row["control_value"]) for row in rows) == [
        ("What is 2 + 3?", 0.0),
        ("What is 2 + 3?", 1.0),
        ("What is 4 + 4?", 0.0),  # its other solution is wrong, whatever `correct_1` says
    ]
    assert {(row["question"], row["solution_0"], row["correct_1"]) for row in again} == {
        ("What is 2 + 3?", "The answer is 5.", True),
        ("What is 4 + 4?", "The answer is 8.", False),
    }
    assert set(again[0]) == (set(published) - {"answer"}) | {"target"}


SOLVED = {"question": ["What is 2 + 3?", "What is 4 + 4?"], "answer": ["2 + 3 = 5.\n#### 5", "4 + 4 = 8.\n#### 8"]}
CHAINS = {
    f"solution_{k}": [f"{'So. ' * k}The answer is 5.", f"{'So. ' * k}The answer is {8 + (k == 4)}."] for k in range(5)
}


def layouts() -> dict[str, list[dict[str, Any]]]:
    """Return the published layouts of MixChain, each as its tables by file."""
    scores = {f"correct_{k}": [True, True] for k in range(1, 5)} | {f"solution_{k}_token": [3, 3] for k in range(1, 5)}
    zero = SOLVED | {"target": ["5", "8"]}
    alone = {"question": SOLVED["question"], "target": ["5", "8"]}
    return {
        "Z-GSM8K": [zero | CHAINS],
        "Z-PRM12K": [zero | CHAINS | scores],
        "C-LIMO": [alone | {"solution_0": CHAINS["solution_1"]}, alone | {"solution_0": CHAINS["solution_3"]}],
    }


@pytest.mark.parametrize("name", layouts())
def test_the_layouts_on_the_hub_are_read_without_a_change(tmp_path: Path, name: str) -> None:
    tables = layouts()[name]
    for number, table in enumerate(tables):
        (tmp_path / f"config_{number}").mkdir()
        pq.write_table(pa.table(table), tmp_path / f"config_{number}" / "train-0.parquet")
    solutions = sorted(column for column in tables[0] if column in CHAINS)
    replies = [{"text": text, "control_kind": "level", "control_value": int(text[-1])} for text in solutions]
    traces = {
        "kind": "file",
        "path": [str(tmp_path / f"config_{number}" / "train-*.parquet") for number in range(len(tables))],
        "columns": {"question": "question", "gold": "target"},
        "replies": replies,
    }
    method = {"kind": "cot_valve", "along": {"kind": "update", "direction": "short_to_long"}}
    done = built(run_file(tmp_path, traces=traces, problems=None, engine=None, methods=[method], tokenizer="words"))

    rows = [row for split in load_from_disk(str(done.folder / "cot_valve")).values() for row in split]

    right = sum(len(table[text]) for table in tables for text in solutions) - (name != "C-LIMO")
    assert len(rows) == right
    assert {row["gold"] for row in rows} == {"5", "8"}


def test_a_direction_is_trained_on_the_solutions_of_the_source(tmp_path: Path) -> None:
    steps = {step.name: step for step in ordered(run_file(tmp_path, **tree(along={"kind": "solutions"}))).plan.steps}

    assert FullChains() in steps["solutions"].stages
    assert steps["direction"].needs == (steps["solution-rows"],)


def test_an_adapter_that_exists_is_taken_with_its_rank_and_its_way(tmp_path: Path) -> None:
    adapter = tmp_path / "theirs"
    adapter.mkdir()
    save_file({"a": torch.zeros(1)}, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text(json.dumps({"r": 32}))
    along = {"kind": "adapter", "path": str(adapter), "direction": "short_to_long"}

    with pytest.raises(ConfigError, match="rank 32 is over the engine's max_lora_rank, 16"):
        ordered(run_file(tmp_path, **tree(along=along)))
    (adapter / "adapter_config.json").write_text(json.dumps({"r": 8}))
    steps = {step.name: step for step in ordered(run_file(tmp_path, **tree(along=along))).plan.steps}

    assert isinstance(steps["adapter"].files, Takes)
    assert RemarkOrder(direction="short_to_long") in steps["cot_valve"].stages


def test_an_adapter_that_is_not_there_or_of_another_base_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no adapter_config\.json"):
        ordered(run_file(tmp_path, **tree(along={"kind": "adapter", "path": str(tmp_path)})))
    save_file({"a": torch.zeros(1)}, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 8}))
    (tmp_path / "training.json").write_text(json.dumps({"base": {"model": "m", "revision": None, "digest": "0" * 64}}))
    with pytest.raises(ArtifactError, match="trained on m with digest 000000000000"):
        ordered(run_file(tmp_path, **tree(along={"kind": "adapter", "path": str(tmp_path)})))


def test_every_alpha_is_asked_of_the_model_that_was_interpolated_for_it(tmp_path: Path) -> None:
    engines = {name: {"kind": "fake", "steps": steps} for name, steps in (("low", 12), ("high", 1))}
    method = {"kind": "cot_valve", "alphas": [0.2, 0.8], "along": {"kind": "models", "engines": ["low", "high"]}}

    done = built(run_file(tmp_path, engine=None, engines=engines, methods=[method]))

    rows = [row for split in load_from_disk(str(done.folder / "cot_valve")).values() for row in split]
    lengths = {alpha: [row["cot_tokens"] for row in rows if row["control_value"] == alpha] for alpha in (0.2, 0.8)}
    assert len(rows) == 24
    assert sum(lengths[0.2]) > 2 * sum(lengths[0.8])
    assert {row["model_revision"] for row in rows if row["control_value"] == 0.2}.isdisjoint(
        row["model_revision"] for row in rows if row["control_value"] == 0.8
    )


def test_as_many_models_as_alphas_are_needed(tmp_path: Path) -> None:
    method = {"kind": "cot_valve", "alphas": [0.2, 0.8], "along": {"kind": "models", "engines": ["low"]}}

    with pytest.raises(ConfigError, match="1 engines, and there are 2 alphas"):
        ordered(run_file(tmp_path, engine=None, engines={"low": {"kind": "fake"}}, methods=[method]))


def _artifact(folder: Path, name: str) -> Artifact:
    return Artifact(folder / "runs" / "small" / "artifacts" / name)
