import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.errors import ConfigError, EmptyDataset
from data.journal import journal_totals
from data.prompt_bank.bank import read_bank
from data.prompts.wording import question_prompt
from data.store import Artifact
from pipelines.methods.prompted import Prompted
from tests.pipelines.runs import built, ordered, report, run_file

ENGINE = {"kind": "fake", "wrong": 0.3, "truncated": 0.1, "steps": 20, "streams": True}
THREE = ["default_cot", "bullet_points", {"id": "word_limit", "values": [10, 50]}]


def run(folder: Path, *, count: int = 30, **fields: object) -> Path:
    folder.mkdir(exist_ok=True)
    methods = [{"kind": "prompted", "prompts": THREE, **fields}]
    return run_file(folder, count=count, engine=ENGINE, methods=methods)


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "prompted")).values() for row in split]


def sampled(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The traces of a built run, by problem."""
    folder = ordered(path).plan.branches[0].traces.folder
    found = defaultdict(list)
    for table in Artifact(path.parent / "runs" / "small" / "artifacts" / folder).tables():
        for row in table.to_pylist():
            found[row["problem_id"]].append(row)
    return found


def test_every_problem_is_asked_in_every_way_that_is_named(tmp_path: Path) -> None:
    path = run(tmp_path, race=False, samples=2, sampling={"temperature": 1.0})
    built(path)
    asked = ["default_cot", "bullet_points", "word_limit_10", "word_limit_50"]

    for traces in sampled(path).values():
        assert Counter(row["prompt_id"] for row in traces) == dict.fromkeys(asked, 2)
    (trace,) = (row for row in next(iter(sampled(path).values())) if row["prompt_id"] == asked[2] and not row["sample"])
    assert trace["asked"] == [
        {"role": "user", "content": question_prompt(trace["question"], "Your whole reply may have 10 words.")}
    ]


def test_a_system_text_is_told_before_the_question(tmp_path: Path) -> None:
    path = run(tmp_path, count=2, prompts=["sketch_chunked_symbolism"])
    with pytest.raises(EmptyDataset):  # the pocket model was not taught it
        built(path)
    for (trace,) in sampled(path).values():
        told = read_bank().strategy("sketch_chunked_symbolism").system

        assert [(turn["role"], turn["content"]) for turn in trace["asked"]] == [
            ("system", told),
            ("user", question_prompt(trace["question"])),
        ]


def test_each_problem_is_labelled_with_the_fewest_tokens_that_solved_it(tmp_path: Path) -> None:
    path = run(tmp_path, race=False, keep="all")
    found = rows(built(path).folder)
    fewest = {
        problem: min((row["reply_tokens"] for row in traces if row["verdict"] == "correct"), default=None)
        for problem, traces in sampled(path).items()
    }

    assert {row["problem_id"] for row in found} == {problem for problem, tokens in fewest.items() if tokens}
    assert all(row["token_complexity"] == fewest[row["problem_id"]] for row in found)
    assert all(row["verdict"] == "correct" and row["finish_reason"] == "stop" for row in found)


def test_the_shortest_has_its_problems_complexity_and_says_which_prompt_asked(tmp_path: Path) -> None:
    path = run(tmp_path)
    found = rows(built(path).folder)

    assert max(Counter(row["problem_id"] for row in found).values()) == 1
    assert all(row["reply_tokens"] == row["token_complexity"] for row in found)
    assert report(path)["methods"]["prompted"]["chosen_by_prompt"] == Counter(row["prompt_id"] for row in found)
    assert all(row["prompt"] == [{"role": "user", "content": question_prompt(row["question"])}] for row in found)


def test_racing_never_costs_more_and_chooses_the_same(tmp_path: Path) -> None:
    cost, chosen = [], []
    for race in (True, False):
        found = rows(built(run(tmp_path / str(race), race=race)).folder)
        cost += journal_totals(tmp_path / str(race) / "runs" / "small" / "journal", "spent_tokens")
        chosen.append({row["problem_id"]: (row["trace_id"], row["token_complexity"]) for row in found})

    assert chosen[0] == chosen[1]
    assert cost[0] <= cost[1]


def test_the_two_ends_are_kept_to_prefer_between(tmp_path: Path) -> None:
    found = rows(built(run(tmp_path, keep="extremes")).folder)
    lengths = defaultdict(list)
    for row in found:
        lengths[row["problem_id"]].append(row["reply_tokens"])

    assert {len(ends) for ends in lengths.values()} <= {1, 2}
    assert any(len(ends) == 2 for ends in lengths.values())


def test_all_are_accounted_for(tmp_path: Path) -> None:
    path = run(tmp_path)
    built(path)
    told = report(path)["methods"]["prompted"]

    assert told["traces"] == 4 * 30
    assert told["used"] + sum(told["rejected"].values()) == told["traces"]


def test_every_strategy_of_the_bank_can_be_asked(tmp_path: Path) -> None:
    every = [
        {"id": one.id, "values": one.parameter.values} if one.parameter else one.id for one in read_bank().strategies
    ]
    path = run(tmp_path, count=1, prompts=every, race=False)
    built(path)
    (traces,) = sampled(path).values()

    assert len({row["prompt_id"] for row in traces}) == len(traces) >= 31
    assert "{value}" not in json.dumps([row["asked"] or row["prompt"] for row in traces])


def test_a_bank_of_ones_own_takes_its_place_and_its_text_bears_identity(tmp_path: Path) -> None:
    prints = set()
    for wish in ("Hurry.", "Hurry up."):
        bank = tmp_path / f"{len(wish)}.yaml"
        entry = {"id": "mine", "wish": wish, "effect": "shorter", "source": "Me 2025, arXiv 2501.00001"}
        bank.write_text(json.dumps({"strategies": [entry]}))
        prints.add(ordered(run(tmp_path, prompts=["mine"], bank=str(bank))).plan.branches[0].traces.fingerprint)

    assert len(prints) == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prompts": ["terse", "default_cot", "brief"]}, "'brief' is not in the bank"),
        ({"prompts": ["default_cot", "default_cot"]}, "given 2 times"),
        ({"prompts": ["word_limit", {"id": "word_limit", "values": [50]}]}, "'word_limit_50' is given 2 times"),
        ({"prompts": [{"id": "be_concise", "values": [5]}]}, "names no number"),
        ({"prompts": [{"id": "word_limit", "values": [0]}]}, "greater than 0"),
        ({"prompts": []}, "prompts"),
        ({"samples": 4}, "at temperature 0"),
        ({"bank": "there/is/none.yaml"}, "no such file"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, fields: dict[str, Any], told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        ordered(run(tmp_path, **fields))


def test_every_unknown_prompt_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        ordered(run(tmp_path, prompts=["terse", "brief"], samples=2))

    assert len(refused.value.faults) == 3


def test_the_default_prompts_are_in_the_bank() -> None:
    assert len(Prompted().prompts) == 5
