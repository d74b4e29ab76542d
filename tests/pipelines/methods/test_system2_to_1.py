import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from data.store import Artifact
from data.table import from_rows
from stages.voting.vote import Vote
from tests.pipelines.runs import built, ordered, report, run_file
from tests.stages.traces import marked


def method(**fields: object) -> list[dict[str, object]]:
    return [{"kind": "system2_to_1", "samples": 5, **fields}]


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "system2_to_1")).values() for row in split]


def without_golds(folder: Path, count: int) -> dict[str, Any]:
    path = folder / "asked.jsonl"
    path.write_text("\n".join(json.dumps({"question": f"What is {n}?"}) for n in range(1, count + 1)))
    return {"kind": "file", "path": str(path), "columns": {"question": "question", "gold": None}}


def test_the_target_is_the_answer_alone(tmp_path: Path) -> None:
    found = rows(built(run_file(tmp_path, count=20, methods=method())).folder)

    assert found
    assert all(row["completion"] == [{"role": "assistant", "content": row["final_answer"]}] for row in found)
    assert all(row["cot"] == "" and "<think>" not in row["reply"] and row["kept_ratio"] == 0 for row in found)


def test_needs_no_gold_at_all(tmp_path: Path) -> None:
    path = run_file(tmp_path, problems=without_golds(tmp_path, 20), methods=method())
    found, told = rows(built(path).folder), report(path)["methods"]["system2_to_1"]

    assert {row["gold"] for row in found} == {None}
    assert {row["verdict"] for row in found} == {"undecided"}
    assert len(found) == told["votes"]["answered"] > 5
    assert told["votes"]["precision"] is None


def test_wrong_golds_change_nothing_but_the_verdicts(tmp_path: Path) -> None:
    lines = [{"id": str(n), "question": f"What is {n}?", "gold": str(n), "wrong": str(n + 9)} for n in range(1, 21)]
    (tmp_path / "asked.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    chosen = {}
    for gold in ("gold", "wrong"):
        (tmp_path / gold).mkdir()
        columns = {"question": "question", "gold": gold}
        problems = {"kind": "file", "path": str(tmp_path / "asked.jsonl"), "columns": columns}
        engine = {"kind": "fake"}
        found = rows(built(run_file(tmp_path / gold, problems=problems, engine=engine, methods=method())).folder)
        chosen[gold] = ({row["question"]: row["reply"] for row in found}, {row["verdict"] for row in found})

    assert chosen["gold"][0] == chosen["wrong"][0] == {f"What is {n}?": str(n) for n in range(1, 21)}
    assert (chosen["gold"][1], chosen["wrong"][1]) == ({"correct"}, {"incorrect"})


def test_yield_and_precision_by_margin_add_up(tmp_path: Path) -> None:
    path = run_file(tmp_path, count=60, engine={"kind": "fake", "wrong": 0.4, "truncated": 0.2}, methods=method())
    found, told = rows(built(path).folder), report(path)["methods"]["system2_to_1"]
    votes = told["votes"]
    margins = {row["margin"]: (row["answered"], row["correct"]) for row in votes["by_margin"]}
    oracle = {
        margin: (len(own), sum(row["verdict"] == "correct" for row in own))
        for margin in margins
        if (own := [row for row in found if row["vote"]["winner"] - row["vote"]["runner_up"] == margin])
    }

    assert (votes["polled"], votes["answered"]) == (60, len(found))
    assert votes["yield"] == len(found) / 60
    assert margins == oracle
    assert votes["precision"] == sum(row["verdict"] == "correct" for row in found) / len(found)
    assert told["used"] + sum(told["rejected"].values()) == told["traces"] == 300
    assert {"no_majority", "outvoted", "not_chosen"} <= set(told["rejected"])


def test_a_problem_without_a_winner_leaves_with_its_counts(tmp_path: Path) -> None:
    engine = {"kind": "fake", "wrong": 0.5}
    dataset = built(run_file(tmp_path, count=30, engine=engine, methods=method(samples=4))).folder
    gone = [row for row in pq.read_table(dataset / "rejected").to_pylist() if row["dropped"] == "tie"]

    assert gone
    assert {(row["vote"]["winner"], row["vote"]["runner_up"], row["vote"]["samples"]) for row in gone} == {(2, 2, 4)}


def test_a_row_costs_all_samples_of_its_problem(tmp_path: Path) -> None:
    (row, *_) = rows(built(run_file(tmp_path, methods=method(consistency="paraphrase", perturbed_samples=3))).folder)
    (sampled,) = (tmp_path / "runs" / "small" / "artifacts").glob("sample-*")
    own = [one for table in Artifact(sampled).tables() for one in table.to_pylist()]
    own = [one for one in own if one["problem_id"] == row["problem_id"]]

    assert [one["prompt_id"] for one in own].count("paraphrase") == 3
    assert row["spent_tokens"] == sum(one["spent_tokens"] for one in own)


def test_a_problem_whose_other_form_leads_elsewhere_is_not_kept(tmp_path: Path) -> None:
    engine = {"kind": "fake", "wrong": 0.45}
    wanted = method(consistency="paraphrase", paraphrase="Answer this. Question: {question}")
    path = run_file(tmp_path, count=40, engine=engine, methods=wanted)
    built(path)
    told = report(path)["methods"]["system2_to_1"]

    assert told["rejected"]["inconsistent"] > 0
    assert told["votes"]["answered"] > 0


def imported(folder: Path, replies: list[list[str]], **fields: object) -> Path:
    """A run file over traces that exist already, so many a problem."""
    lines = [
        {"question": f"What is {n}?", "answer": str(n), "reply": marked("some work", answer)}
        for n, answers in enumerate(replies)
        for answer in answers
    ]
    (folder / "traces.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    columns = {"question": "question", "gold": "answer"}
    traces = {"kind": "file", "path": str(folder / "traces.jsonl"), "columns": columns, "replies": [{"text": "reply"}]}
    return run_file(folder, problems=None, traces=traces, engine=None, methods=method(**fields))


def test_one_imported_trace_is_no_majority(tmp_path: Path) -> None:
    path = imported(tmp_path, [["0"], ["1", "1"], ["2", "9"], ["3", "3", "9"]])
    found = rows(built(path).folder)

    assert sorted(row["reply"] for row in found) == ["1", "3"]
    assert report(path)["methods"]["system2_to_1"]["rejected"]["no_majority"] == 1


def test_imported_traces_cannot_be_asked_in_another_form(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="imported traces are asked nothing"):
        ordered(imported(tmp_path, [["0", "0"]], consistency="options"))


def test_samples_that_an_engine_lost_are_no_silent_consent(tmp_path: Path) -> None:
    (vote,) = (
        stage
        for stage in ordered(
            run_file(tmp_path, methods=method(samples=7, consistency="paraphrase", perturbed_samples=3))
        )
        .plan.branches[0]
        .rows.stages
        if isinstance(stage, Vote)
    )

    assert (vote.asked, vote.asked_again) == (7, 3)


def test_a_suffix_is_put_on_the_prompts(tmp_path: Path) -> None:
    found = rows(built(run_file(tmp_path, methods=method(suffix=" Answer at once."))).folder)

    assert all(row["prompt"][-1]["content"].endswith(f"{row['question']} Answer at once.") for row in found)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"samples": 1}, "samples"),
        ({"paraphrase": "Say {question}"}, "consistency: paraphrase"),
        ({"consistency": "paraphrase", "paraphrase": "Say it"}, "question"),
        ({"consistency": "mirror"}, "consistency"),
        ({"majority": "half"}, "majority"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, fields: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        ordered(run_file(tmp_path, methods=method(**fields)))


def test_without_an_engine_nothing_can_be_sampled(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no engine"):
        ordered(run_file(tmp_path, engine=None, methods=method()))


@pytest.mark.parametrize("program", ["rephrase_and_respond", "system2_attention"])
def test_a_program_of_several_steps_stands_beside_chains_of_thought(tmp_path: Path, program: str) -> None:
    path = run_file(tmp_path, count=6, engine={"kind": "fake"}, methods=method(program=program))
    built(path)
    (sampled,) = (tmp_path / "runs" / "small" / "artifacts").glob("sample-*")
    traces = [row for table in Artifact(sampled).tables() for row in table.to_pylist()]

    assert len(traces) == 6 * 5
    assert all(row["spent_tokens"] > row["reply_tokens"] for row in traces)
    assert all("The answer is" in row["asked"][0]["content"] for row in traces)


def test_a_verdict_that_does_not_swap_with_the_responses_is_inconsistent(tmp_path: Path) -> None:
    vote = Vote(method="system2_to_1", tokenizer="words", perturbation="responses", asked=2, asked_again=2)
    question = "Why?\nResponse A: one\nResponse B: two"
    empty = dict.fromkeys(("gold", "answer_kind", "reasoning", "finish_reason"))

    def reasons(first: str, other: str) -> set[str | None]:
        told = [(prompt, n, said) for prompt, said in (("zero_shot", first), ("responses", other)) for n in range(2)]
        made = [
            {
                **empty,
                "problem_id": "p",
                "question": question,
                "prompt_id": prompt,
                "sample": n,
                "trace_id": f"{prompt}{n}",
            }
            | {"reply": said, "answer": said, "cot_tokens": 3}
            for prompt, n, said in told
        ]
        return {row["dropped"] for row in vote(from_rows(made, Vote.reads)).to_pylist()}

    assert "inconsistent" in reasons("So [[A]]", "So [[A]]")
    assert "inconsistent" not in reasons("So [[A]]", "So [[B]]")
    assert "inconsistent" not in reasons("[[C]]", "[[C]]")
