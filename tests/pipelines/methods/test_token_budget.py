import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from data.journal import asked_again
from data.prompts.wording import question_prompt
from data.store import read_json
from data.thinking.turn import write_turn
from pipelines.exports.preferences import COUNTS, write_pairs
from tests.flows.builds import Workplace, wait_for
from tests.pipelines.runs import built, ordered, report, run_file

ENGINE = {"kind": "fake", "wrong": 0.2, "truncated": 0.1, "steps": 40}


def run(folder: Path, *, count: int = 40, engine: Any = ENGINE, **fields: object) -> Path:
    return run_file(folder, count=count, engine=engine, methods=[{"kind": "token_budget", **fields}])


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "token_budget")).values() for row in split]


@pytest.mark.parametrize("search", [{"kind": "halving"}, {"kind": "bisect"}, {"kind": "grid", "step": 20}])
def test_rows_are_verified_and_shorter_and_their_prompt_names_no_budget(tmp_path: Path, search: Any) -> None:
    found = rows(built(run(tmp_path, search=search)).folder)

    assert found
    for row in found:
        assert row["verdict"] == "correct"
        assert row["cot_tokens"] < row["from_tokens"]
        assert row["kept_ratio"] == row["cot_tokens"] / row["from_tokens"]
        assert row["control_kind"] == "budget"
        assert 1 <= row["control_value"] < row["from_tokens"]
        assert row["prompt"] == [{"role": "user", "content": question_prompt(row["question"])}]
        assert f"Use less than {row['control_value']:.0f} tokens." in row["asked"][0]["content"]
        assert row["completion"] == [{"role": "assistant", "content": write_turn(row["reasoning"], row["answer"])}]


def test_wrong_traces_are_skipped_and_all_are_accounted_for(tmp_path: Path) -> None:
    path = run(tmp_path)
    found = rows(built(path).folder)
    told = report(path)["methods"]["token_budget"]

    assert told["used"] == len(found)
    assert {"incorrect", "truncated", "no_reduction"} <= set(told["rejected"])
    assert told["used"] + sum(told["rejected"].values()) == told["traces"] == 40


def test_what_no_budget_shortens_is_the_target_itself_where_that_is_wished(tmp_path: Path) -> None:
    path = run(tmp_path, otherwise="vanilla")
    found = rows(built(path).folder)
    told = report(path)["methods"]["token_budget"]
    plain = [row for row in found if row["remarks"] == ["no_reduction"]]

    assert "no_reduction" not in told["rejected"]
    assert told["remarks"] == {"no_reduction": len(plain)} != {"no_reduction": 0}
    assert {(row["control_kind"], row["from_trace_id"], row["kept_ratio"]) for row in plain} == {("none", None, 1.0)}


def test_pairs_prefer_the_shorter_right_reply_to_the_same_prompt(tmp_path: Path) -> None:
    version = built(run(tmp_path, rows="both")).folder
    folder = write_pairs(version, "token_budget", tmp_path / "pairs", per_problem=1, shorter_by=0.0)
    pairs = [row for split in folder.glob("*.parquet") for row in pq.read_table(split).to_pylist()]
    told = {row["trace_id"]: row for row in rows(version)}

    assert len(pairs) == len(told) // 2 == sum(one["pairs"] for one in read_json(folder / COUNTS).values())
    for pair in pairs:
        short, long = told[pair["chosen_trace_id"]], told[pair["rejected_trace_id"]]
        assert short["from_trace_id"] == long["trace_id"]
        assert (short["prompt"], short["verdict"], long["verdict"]) == (pair["prompt"], "correct", "correct")
        assert long["prompt"] == pair["prompt"] == [{"role": "user", "content": question_prompt(short["question"])}]
        assert pair["chosen_cot_tokens"] < pair["rejected_cot_tokens"]


def test_an_estimate_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    path = run(tmp_path, engine={**ENGINE, "wrong": 0.0, "truncated": 0.0}, budget="estimated", fallback=64)
    built(path)
    told = report(path)["methods"]["token_budget"]

    assert told["remarks"] == {"estimate_unreadable": told["rows"]}
    assert told["rejected"] == {"no_reduction": 40 - told["rows"]}


def test_every_setting_that_asks_otherwise_gives_other_steps_on_the_same_samples(tmp_path: Path) -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"search": {"kind": "bisect"}},
        {"search": {"kind": "bisect", "patience": 9}},
        {"wording": "At most {budget} tokens."},
        {"budget": "estimated"},
        {"rows": "both"},
    ]
    branches = [ordered(run(tmp_path, **fields)).plan.branches[0] for fields in settings]

    assert len({branch.rows.fingerprint for branch in branches}) == len(settings)
    assert len({branch.traces.fingerprint for branch in branches}) == 1


def test_the_dataset_says_which_prompts_asked(tmp_path: Path) -> None:
    manifest = json.loads((built(run(tmp_path, budget="estimated")).folder / "manifest.json").read_text())
    prompts = json.dumps(manifest)

    assert re.search(r'"budget": "[0-9a-f]{64}"', prompts)
    assert re.search(r'"budget_estimate": "[0-9a-f]{64}"', prompts)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"wording": "Be concise."}, "must hold {budget}"),
        ({"search": {"kind": "golden"}}, "search"),
        ({"fallback": "none"}, "fallback"),
        ({"fallback": 0}, "fallback"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, fields: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        ordered(run(tmp_path, **fields))


def test_imported_traces_need_a_model_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "traces.jsonl"
    path.write_text(json.dumps({"question": "What is 7?", "answer": "7", "reply": "So it is 7."}))
    columns = {"question": "question", "gold": "answer"}
    traces = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "reply"}]}
    told: dict[str, Any] = {"problems": None, "traces": traces, "methods": [{"kind": "token_budget"}]}

    with pytest.raises(ConfigError, match="no model to ask within a budget"):
        ordered(run_file(tmp_path, **told, engine=None))


SLOW = """
name: sums
problems: {kind: task, task: addition, count: 24}
engine: {kind: fake, steps: 40, latency_seconds: 0.1, concurrency: 8}
methods: [{kind: token_budget, search: {kind: bisect}}]
block: 8
where: here
"""


def searching(folder: Path) -> Workplace:
    """A workplace whose searches take a while."""
    folder.mkdir()
    (folder / "run.yaml").write_text(SLOW)
    return Workplace(folder)


@pytest.mark.soak
def test_killed_in_the_middle_of_searches_it_asks_again_only_what_was_in_flight(tmp_path: Path) -> None:
    undisturbed, killed = searching(tmp_path / "undisturbed"), searching(tmp_path / "killed")
    assert undisturbed.finish().code == 0
    calls = undisturbed.journalled

    for share in (0.3, 0.6):
        process = killed.start()
        wait_for(lambda at=share * calls: killed.journalled >= at, process)  # type: ignore[misc]
        process.kill()
        process.communicate()
    kept = killed.journalled
    ran = killed.finish("resume")
    told = killed.events("built")[-1]["spent"]

    assert ran.code == 0, ran.err
    assert 24 < kept < calls == killed.journalled
    assert told["calls"] == calls - kept
    assert asked_again(killed.run_folder / "journal") == 0
    assert [path.name for path in killed.versions()] == [path.name for path in undisturbed.versions()]


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.usefixtures("one_ray")
def test_searches_give_the_same_bytes_here_and_on_ray(tmp_path: Path) -> None:
    digests = set()
    for place in ("here", "ray"):
        (tmp_path / place).mkdir()
        methods = [{"kind": "token_budget", "search": {"kind": "bisect"}}]
        digests.add(built(run_file(tmp_path / place, engine=ENGINE, methods=methods, where=place)).folder.name)

    assert len(digests) == 1
