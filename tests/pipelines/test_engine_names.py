"""Several engines in one run: who asks which, and several teachers in one dataset.

Public sets and tools with several teachers: s1K-1.1 and AM-DeepSeek-R1-Distilled (traces of more than one model in one
set), OpenThoughts3 (teachers compared), distilabel#304 (a pool of models) and #75 (which model wrote a row, in a
column).
"""

from collections import Counter
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest

from data.dataset.shards import read_split
from data.errors import ConfigError, EmptyDataset
from tests.pipelines.runs import built, ordered, report, run_file

WEAK, STRONG = {"kind": "fake", "wrong": 0.6}, {"kind": "fake", "wrong": 0.1, "steps": 3}
REMOTE = {"kind": "remote", "base_url": "https://models.example/v1", "model": "big"}
TWO = {"weak": WEAK, "strong": STRONG}
SHORTEST = {"kind": "shortest_correct", "zero_shot": 4}


def asked(folder: Path, *methods: dict[str, Any], **changes: Any) -> Path:
    return run_file(folder, methods=list(methods), **{"engine": None, "engines": TWO, **changes})


def rows_of(dataset: Path, config: str) -> list[dict[str, Any]]:
    folders = sorted(path for path in (dataset / config).iterdir() if path.is_dir())
    return [row for folder in folders for table in read_split(folder) for row in table.to_pylist()]


def faults(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        ordered(path)
    return list(caught.value.faults)


def test_teachers_sample_into_one_dataset_and_each_row_says_whose_it_is(tmp_path: Path) -> None:
    path = asked(tmp_path, {"kind": "prompted", "samples": 2, "sampling": {"temperature": 1.0}, "keep": "all",
                            "prompts": ["default_cot"], "teachers": ["weak", "strong"]})  # fmt: skip
    rows = rows_of(built(path).folder, "prompted")

    whose = Counter(row["model_revision"] for row in rows)
    assert len(whose) == 2 and min(whose.values()) > 0
    assert {row["group"]["n"] for row in rows} == {4}
    assert len({row["trace_id"] for row in rows}) == len(rows)
    assert len({(row["problem_id"], row["prompt_id"], row["sample"]) for row in rows}) == len(rows)
    assert len({row["seed"] for row in rows}) == len(rows)


def test_the_shortest_of_all_teachers_is_the_target(tmp_path: Path) -> None:
    path = asked(tmp_path, {**SHORTEST, "teachers": ["weak", "strong"]}, count=20)
    published = built(path)

    (told,) = report(path)["methods"].values()
    assert told["traces"] == 160 == told["used"] + sum(told["rejected"].values())
    assert len({row["problem_id"] for row in rows_of(published.folder, "shortest_correct")}) == told["solved"]


def test_teachers_that_are_one_model_draw_samples_of_their_own(tmp_path: Path) -> None:
    path = asked(tmp_path, {**SHORTEST, "race": False, "teachers": ["a", "b"]}, engines={"a": STRONG, "b": STRONG})
    built(path)

    assert report(path)["usage"]["calls"] == 12 * 8


def test_a_further_teacher_asks_nothing_again_of_those_before(tmp_path: Path) -> None:
    one = ordered(asked(tmp_path, {**SHORTEST, "teachers": ["weak"]}, engines={"weak": WEAK})).plan
    two = ordered(asked(tmp_path, {**SHORTEST, "teachers": ["weak", "strong"]})).plan

    assert {step.fingerprint for step in one.steps if step.name == "sample-1"} < {s.fingerprint for s in two.steps}


def test_each_method_asks_the_engine_it_names(tmp_path: Path) -> None:
    c3ot = {"kind": "c3ot", "engine": "strong", "rewriter": "weak"}
    plan = ordered(asked(tmp_path, {**SHORTEST, "engine": "weak"}, c3ot)).plan

    whose = {
        (step.name, stage.engine.wrong) for step in plan.steps for stage in step.stages if hasattr(stage, "engine")
    }
    assert whose == {("sample", 0.6), ("sample", 0.1), ("c3ot", 0.6)}


@pytest.mark.parametrize(
    "changes", [{"engine": WEAK, "engines": {}}, {"engines": {"only": WEAK}}, {"engines": {"renamed": WEAK}}]
)
def test_a_name_bears_no_identity_and_the_only_engine_needs_none(tmp_path: Path, changes: dict[str, Any]) -> None:
    plain = ordered(run_file(tmp_path, engine=WEAK, methods=[SHORTEST])).plan
    named = ordered(asked(tmp_path, SHORTEST, **changes)).plan

    assert [step.fingerprint for step in plain.steps] == [step.fingerprint for step in named.steps]


@pytest.mark.parametrize(
    ("method", "changes", "fault"),
    [
        ({"engine": "stong"}, {}, r"no engine 'stong'; `engines` has \['strong', 'weak'\]"),
        ({"teachers": ["weak", "none"]}, {}, "no engine 'none'"),
        ({"engine": "weak"}, {}, r"nobody asks the engines \['strong'\]"),
        ({}, {}, "does not say which engine it asks"),
        ({"engine": "weak", "teachers": ["strong"]}, {}, "both `engine` and `teachers`"),
        ({"teachers": ["weak", "weak"]}, {"engines": {"weak": WEAK}}, "given more than once"),
        ({"engine": "weak"}, {"engine": STRONG, "engines": {"weak": WEAK}}, "nobody asks `engine`"),
        ({"engine": "weak"}, {"engines": {}}, "`engines` has none"),
        ({"kind": "token_budget", "zero_shot": None, "teachers": ["weak", "strong"]}, {}, "asks again the model"),
        ({"kind": "c3ot", "zero_shot": None, "engine": "weak", "rewriter": "x"}, {}, "no engine 'x'"),
        ({"engine": "weak"}, {"judge": {"engine": "other"}}, "judge: there is no engine 'other'"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, method: dict[str, Any], changes: dict[str, Any], fault: str
) -> None:
    whole = {name: value for name, value in {**SHORTEST, **method}.items() if value is not None}

    with pytest.raises(ConfigError, match=fault):
        ordered(asked(tmp_path, whole, **changes))


def test_a_list_of_engines_is_refused_with_what_is_wanted(tmp_path: Path) -> None:
    (fault,) = faults(asked(tmp_path, SHORTEST, engines=[WEAK, STRONG]))

    assert "engines: give each engine a name" in fault.replace("Value error, ", "")


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    told = faults(asked(tmp_path, {**SHORTEST, "engine": "x"}, {"kind": "token_skip", "teachers": ["y"]}))

    assert [fault for fault in told if "'x'" in fault] and [fault for fault in told if "'y'" in fault]


@pytest.mark.parametrize(
    ("rewriter", "fault"),
    [
        ({"kind": "nope"}, "rewriter: give an engine"),
        (7, "rewriter: give an engine"),
        ({"kind": "fake", "wrnog": 1}, "wrnog: Unexpected keyword argument"),
        ("a b", "rewriter.name: String should match pattern"),
    ],
)
def test_an_engine_or_a_name_is_asked_for_in_words(tmp_path: Path, rewriter: Any, fault: str) -> None:
    assert any(fault in told for told in faults(asked(tmp_path, {"kind": "c3ot", "rewriter": rewriter})))


@pytest.mark.parametrize("kind", ["system2_to_1", "token_skip", "c3ot"])
def test_methods_of_one_trace_or_a_vote_take_several_teachers(tmp_path: Path, kind: str) -> None:
    method: dict[str, Any] = {
        "kind": kind,
        "teachers": ["weak", "strong"],
        **({"by": "rules"} if kind == "c3ot" else {}),
    }
    if kind == "token_skip":
        method["scorer"] = {"kind": "random"}
    path = asked(tmp_path, method)
    with suppress(EmptyDataset) if kind == "c3ot" else nullcontext():  # rules find nothing to leave out of these chains
        built(path)

    (told,) = report(path)["methods"].values()
    assert told["traces"] == 12 * (16 if kind == "system2_to_1" else 2)
    assert told["traces"] == told["used"] + sum(told["rejected"].values())


def test_where_one_engine_is_local_the_run_counts_with_its_tokenizer(tmp_path: Path) -> None:
    local = {"kind": "local", "model": "data/pocket"}
    run = ordered(asked(tmp_path, {**SHORTEST, "teachers": ["a", "b"]}, engines={"a": REMOTE, "b": local})).run

    assert (run.counter, run.place) == ("data/pocket", "ray")


UNCOUNTED = "without `tokenizer` only words are counted"


@pytest.mark.parametrize(
    ("method", "refused"),
    [
        ({"kind": "token_budget"}, True),
        ({"kind": "c3ot", "levels": 6}, True),
        ({"kind": "c3ot"}, False),
        ({"kind": "token_skip"}, False),
        (SHORTEST, False),
    ],
)
@pytest.mark.parametrize("tokenizer", [None, "words", "data/pocket"])
def test_numbers_of_tokens_told_to_a_model_need_a_tokenizer(
    tmp_path: Path, method: dict[str, Any], refused: bool, tokenizer: str | None
) -> None:
    path = run_file(tmp_path, engine=REMOTE, methods=[method], tokenizer=tokenizer)
    if refused and tokenizer is None:
        assert any(UNCOUNTED in fault for fault in faults(path))
    else:
        ordered(path)
