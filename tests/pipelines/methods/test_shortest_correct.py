import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from data.store import Artifact
from data.thinking.turn import write_turn
from tests.pipelines.runs import built, ordered, report, run_file

POOL = [{"question": f"What is {n}?", "reply": f"It is {n}. \\boxed{{{n}}}", "gold": str(n)} for n in (3, 5, 8)]


def method(**fields: object) -> list[dict[str, object]]:
    return [{"kind": "shortest_correct", "zero_shot": 3, "race": False, **fields}]


def exemplars(folder: Path) -> str:
    path = folder / "pool.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in POOL))
    return str(path)


def traces(folder: Path) -> list[dict[str, object]]:
    """All sampled traces of the run in this folder."""
    (sampled,) = (folder / "runs" / "small" / "artifacts").glob("sample-*")
    return [row for table in Artifact(sampled).tables() for row in table.to_pylist()]


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "shortest_correct")).values() for row in split]


def test_chooses_the_fewest_tokens_among_correct_whole_samples(tmp_path: Path) -> None:
    dataset = built(run_file(tmp_path, count=40, methods=method(zero_shot=6))).folder
    oracle: dict[object, tuple[object, ...]] = {}
    for row in traces(tmp_path):
        if row["verdict"] == "correct" and row["finish_reason"] == "stop":
            rank = (row["reply_tokens"], len(str(row["reply"])), row["sample"])
            oracle[row["problem_id"]] = min(oracle.get(row["problem_id"], rank), rank)

    assert {
        row["problem_id"]: (row["reply_tokens"], len(str(row["reply"])), row["sample"]) for row in rows(dataset)
    } == oracle


def test_a_truncated_sample_is_never_chosen_even_if_its_answer_is_there(tmp_path: Path) -> None:
    engine = {"kind": "fake", "truncated": 0.5}
    dataset = built(run_file(tmp_path, count=20, engine=engine, methods=method())).folder

    assert {row["finish_reason"] for row in rows(dataset)} == {"stop"}
    assert any(row["dropped"] == "truncated" for row in pq.read_table(dataset / "rejected").to_pylist())


def test_pools_zero_shot_and_few_shot_and_reports_where_the_choice_came_from(tmp_path: Path) -> None:
    path = run_file(tmp_path, count=20, methods=method(few_shot=3, exemplars=exemplars(tmp_path), shots=2))
    built(path)
    chosen = report(path)["methods"]["shortest_correct"]["chosen_by_prompt"]
    asked = {(row["prompt_id"], row["sample"]) for row in traces(tmp_path)}

    assert asked == {(prompt, n) for prompt in ("zero_shot", "few_shot") for n in range(3)}
    assert set(chosen) == {"zero_shot", "few_shot"}


def test_few_shot_shows_worked_turns_and_the_target_is_trained_zero_shot(tmp_path: Path) -> None:
    path = run_file(tmp_path, methods=method(zero_shot=0, few_shot=2, exemplars=exemplars(tmp_path), shots=2))
    dataset = built(path).folder

    assert {len(row["asked"]) for row in rows(dataset)} == {5}
    assert {len(row["prompt"]) for row in rows(dataset)} == {1}


def test_the_completion_is_the_chosen_reply_and_its_answer_verified(tmp_path: Path) -> None:
    dataset = built(run_file(tmp_path, methods=method())).folder

    for row in rows(dataset):
        said = write_turn(row["reasoning"], row["answer"])
        assert row["completion"] == [{"role": "assistant", "content": said}]
        assert row["messages"] == row["prompt"] + row["completion"]
        assert row["reasoning"] and row["reasoning"] in row["reply"] and row["answer"] in row["reply"]
        assert row["final_answer"] == row["gold"]
        assert row["verdict"] == "correct"


def test_coverage_counts_every_problem_by_difficulty(tmp_path: Path) -> None:
    path = run_file(tmp_path, count=30, engine={"kind": "fake", "wrong": 0.9}, methods=method(zero_shot=1))
    built(path)
    told = report(path)["methods"]["shortest_correct"]

    assert told["solved"] + told["unsolved"] == 30
    assert 0 < told["unsolved"] < 30
    assert {level: every for level, (_, every) in told["solved_by_difficulty"].items()} == {"0": 10, "1": 10, "2": 10}


def test_a_cap_keeps_the_same_share_of_every_difficulty_or_the_shortest(tmp_path: Path) -> None:
    def capped(name: str, **fields: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        (tmp_path / name).mkdir()
        path = run_file(tmp_path / name, count=30, engine={"kind": "fake"}, methods=method(zero_shot=2, **fields))
        return rows(built(path).folder), report(path)["methods"]["shortest_correct"]

    every, _ = capped("all")
    fair, told = capped("fair", cap=12)
    short, _ = capped("short", cap=12, cap_by="shortest")

    assert Counter(row["difficulty"] for row in fair) == {"0": 4, "1": 4, "2": 4}
    assert (told["rows"], told["rejected"]["over_cap"], told["used"] + sum(told["rejected"].values())) == (12, 18, 60)
    assert sorted(row["reply_tokens"] for row in short) == sorted(row["reply_tokens"] for row in every)[:12]


def test_the_report_compares_the_same_problems_and_of_two_ends_the_shorter(tmp_path: Path) -> None:
    path = run_file(tmp_path, count=20, engine={"kind": "fake"}, methods=method(choose="extremes", zero_shot=4))
    shortest: dict[str, int] = {}
    for row in rows(built(path).folder):
        shortest[row["problem_id"]] = min(row["cot_tokens"], shortest.get(row["problem_id"], 10**9))
    told = report(path)["methods"]["shortest_correct"]

    assert told["after_same_problems"] == pytest.approx(sum(shortest.values()) / len(shortest))
    assert told["after_same_problems"] < told["after"]["mean"]
    assert told["after_same_problems"] < told["before_same_problems"]


def test_a_bad_exemplar_is_dropped_with_a_caution_and_stops_nothing(tmp_path: Path) -> None:
    odd = {
        "question": "Ann has 40 pens and 30 caps. How many more?",
        "reply": "x^2 = 100, so \\boxed{10}",
        "gold": "10",
    }
    path = tmp_path / "pool.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in (*POOL, odd)))
    order = ordered(run_file(tmp_path, methods=method(few_shot=2, exemplars=str(path))))

    (caution,) = order.run.methods[0].cautions(None)
    assert "line 4" in caution
    with pytest.raises(ConfigError, match="line 4"):
        ordered(run_file(tmp_path, methods=method(few_shot=2, exemplars=str(path), on_bad_exemplar="refuse")))


def test_the_random_control_shares_the_samples(tmp_path: Path) -> None:
    (tmp_path / "shortest").mkdir()
    (tmp_path / "random").mkdir()
    shortest = ordered(run_file(tmp_path / "shortest", methods=method())).plan.branches[0]
    random = ordered(run_file(tmp_path / "random", methods=method(choose="random"))).plan.branches[0]

    assert shortest.traces.fingerprint == random.traces.fingerprint
    assert shortest.rows.fingerprint != random.rows.fingerprint


def test_what_the_exemplars_say_bears_identity_and_where_they_lie_does_not(tmp_path: Path) -> None:
    def fingerprint(name: str, pool: list[dict[str, str]]) -> str:
        (tmp_path / name).mkdir()
        path = tmp_path / name / "pool.jsonl"
        path.write_text("\n".join(json.dumps(line) for line in pool))
        run = run_file(tmp_path / name, methods=method(few_shot=1, exemplars=str(path)))
        return ordered(run).plan.branches[0].traces.fingerprint

    assert fingerprint("a", POOL) == fingerprint("b", POOL) != fingerprint("c", POOL[:2])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"zero_shot": 0}, "both 0"),
        ({"few_shot": 2}, "no exemplars"),
        ({"few_shot": 2, "exemplars": "nowhere.jsonl"}, "no such file"),
        ({"sampling": {"max_tokens": 10, "on_truncated": "larger"}}, "larger_tokens"),
        ({"sampling": {"temperature": -1}}, "temperature"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        ordered(run_file(tmp_path, methods=method(**fields)))


def test_without_an_engine_nothing_can_be_sampled(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no engine"):
        ordered(run_file(tmp_path, engine=None))


def test_imported_traces_are_chosen_from_as_they_are(tmp_path: Path) -> None:
    lines = [
        {"question": "What is 7?", "answer": "7", "samples": ["a b c d \\boxed{7}", "a b \\boxed{7}", "\\boxed{8}"]},
        {"question": "What is 9?", "answer": "9", "samples": ["\\boxed{8}"]},
    ]
    (tmp_path / "traces.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    source = {
        "kind": "file",
        "path": str(tmp_path / "traces.jsonl"),
        "columns": {"question": "question", "gold": "answer"},
        "replies": [{"text": "samples"}],
    }
    published = built(run_file(tmp_path, problems=None, traces=source, engine=None, methods=method()))
    told = published.reports["shortest_correct"]

    assert [row["reply"] for row in rows(published.folder)] == ["a b \\boxed{7}"]
    assert (told.traces, told.solved, told.unsolved, told.rejected) == (4, 1, 1, {"incorrect": 2, "not_chosen": 1})


def test_the_same_replies_give_the_same_rows_whatever_the_timing_of_a_race(tmp_path: Path) -> None:
    def raced(name: str, block: int, **engine: object) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
        (tmp_path / name).mkdir()
        told = {"kind": "fake", "wrong": 0.3, "truncated": 0.1, "streams": True, **engine}
        path = run_file(tmp_path / name, count=15, block=block, engine=told, methods=method(zero_shot=6, race=True))
        folder = built(path).folder
        rejected = pq.read_table(folder / "rejected").to_pylist()
        return folder.name, sorted(rejected, key=str), report(path)["methods"]["shortest_correct"]

    in_full = raced("full", 5, concurrency=1000)
    others = [raced("one", 15, concurrency=1), raced("few", 4, concurrency=7, latency_seconds=0.001)]

    assert others == [in_full] * 2
    _, rejected, told = in_full
    assert "cancelled" in {row["dropped"] for row in rejected}
    assert told["generated_tokens"] is None
