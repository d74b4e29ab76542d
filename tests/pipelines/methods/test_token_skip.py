import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from benchmarks.formula_reader import formulas, unboxed
from data.conditions import Condition
from data.errors import ConfigError, EmptyDataset
from data.store import Artifact
from pipelines.build.cautions import cautions
from pipelines.methods.token_skip import TokenSkip
from stages.replies.answer_segment import parts_of
from tests.pipelines.runs import built, ordered, report, run_file

ENGINE = {"kind": "fake", "wrong": 0.2, "truncated": 0.1}


def method(**fields: object) -> list[dict[str, object]]:
    return [{"kind": "token_skip", "scorer": {"kind": "random"}, **fields}]


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "token_skip")).values() for row in split]


def dataset(folder: Path, *, count: int = 60, **fields: object) -> list[dict[str, Any]]:
    return rows(built(run_file(folder, count=count, engine=ENGINE, methods=method(**fields))).folder)


def test_every_question_is_there_once_with_a_ratio_of_the_set(tmp_path: Path) -> None:
    found = dataset(tmp_path, ratios=[1.0, 0.5])

    assert set(Counter(row["problem_id"] for row in found).values()) == {1}
    assert {row["control_value"] for row in found} == {1.0, 0.5}
    assert {row["control_kind"] for row in found} == {"ratio_kept"}


def test_the_prompt_names_the_ratio_and_a_whole_chain_has_no_marker(tmp_path: Path) -> None:
    for row in dataset(tmp_path, ratios=[1.0, 0.5]):
        (turn,) = row["prompt"]

        assert turn["content"].endswith("\n\n[keep 0.5]") == (row["control_value"] == 0.5)
        assert ("keep" in turn["content"]) == (row["control_value"] == 0.5)


def test_ratios_are_told_in_units_and_in_tokens(tmp_path: Path) -> None:
    for row in dataset(tmp_path, ratios=[0.5]):
        units = len(row["cot"].split()) / row["units_kept_ratio"]

        assert row["kept_ratio"] == row["cot_tokens"] / row["from_tokens"]
        assert row["units_kept_ratio"] == pytest.approx(0.5, abs=0.5 / units + 0.01) or row["remarks"]


def test_ratio_one_keeps_the_sampled_reply_to_the_byte(tmp_path: Path) -> None:
    whole = dataset(tmp_path, ratios=[1.0])
    run = ordered(tmp_path / "run.yaml")
    sampled = Artifact(tmp_path / "runs" / "small" / "artifacts" / run.plan.branches[0].traces.folder)
    replies = {row["trace_id"]: row["reply"] for table in sampled.tables() for row in table.to_pylist()}

    assert whole
    assert all(row["reply"] == replies[row["from_trace_id"]] for row in whole)


def test_only_verified_whole_chains_enter_and_the_counts_add_up(tmp_path: Path) -> None:
    found = dataset(tmp_path, ratios=[0.5], max_cot_tokens=60)
    told = report(tmp_path / "run.yaml")["methods"]["token_skip"]

    assert {row["verdict"] for row in found} == {"correct"}
    assert set(told["rejected"]) == {"incorrect", "truncated", "over_max_cot_tokens"}
    assert told["used"] + sum(told["rejected"].values()) == told["traces"] == 60


def imported(folder: Path, rows: list[dict[str, Any]], **changes: Any) -> Path:
    """Write a run file over traces that were sampled elsewhere."""
    path = folder / "traces.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    columns = {"question": "question", "gold": "answer"}
    source = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "reply"}]}
    tree: dict[str, Any] = {"problems": None, "traces": source, "engine": None, "tokenizer": "words", **changes}
    return run_file(folder, **tree)


def test_a_ratio_that_numbers_forbid_is_a_reason_to_leave_or_a_remark(tmp_path: Path) -> None:
    numbers = [{"question": f"What is {n}?", "answer": str(n)} for n in range(5)]
    thoughts = [
        {**row, "reply": f"<think>\nso 11 of 12 or 13 by 14 with 15 and {n} ok\n</think>\n\\boxed{{{n}}}"}
        for n, row in enumerate(numbers)
    ]
    dropped = imported(tmp_path, thoughts, methods=method(ratios=[0.3]))
    with pytest.raises(EmptyDataset):
        built(dropped)

    assert report(dropped)["methods"]["token_skip"]["rejected"] == {"ratio_unreachable": 5}

    kept = imported(tmp_path, thoughts, methods=method(ratios=[0.3], on_unreachable="keep"))
    built(kept)

    assert report(kept)["methods"]["token_skip"]["remarks"] == {"ratio_unreachable": 5}


def test_the_first_sample_that_is_short_enough_is_chosen(tmp_path: Path) -> None:
    work = "<think>\n{}3 + 4 = 7 it is so\n</think>\n\\boxed{{7}}"
    row = {"question": "What is 3 + 4?", "answer": "7"}
    samples = [{**row, "reply": work.format(head)} for head in ("We add once more and again. " * 40, "")]
    path = imported(tmp_path, samples, methods=method(ratios=[1.0], max_cot_tokens=50))
    (found,) = rows(built(path).folder)

    assert found["reply"] == samples[1]["reply"]
    assert report(path)["methods"]["token_skip"]["rejected"] == {"over_max_cot_tokens": 1}


def test_a_reasoning_that_holds_the_marker_leaves(tmp_path: Path) -> None:
    thought = "<think>\n3 + 4 = 7 so far [keep 0.9] we are done here\n</think>\n\\boxed{7}"
    path = imported(
        tmp_path, [{"question": "What is 3 + 4?", "answer": "7", "reply": thought}], methods=method(ratios=[1.0])
    )
    with pytest.raises(EmptyDataset):
        built(path)

    assert report(path)["methods"]["token_skip"]["rejected"] == {"reply_holds_condition": 1}


def test_a_chain_after_which_the_answer_is_unlikely_leaves_and_the_others_say_how_likely_it_is(tmp_path: Path) -> None:
    question = "Tom has 15 coins. Tom finds 8 more coins. He loses 3 coins. How many coins does Tom have now?"
    chains = ("15 + 8 = 23. 23 - 3 = 20.", "15 + 8 = 24. 24 - 3 = 21.")
    traces = [
        {
            "question": f"{question}{' ' * at}",
            "answer": "20",
            "reply": f"<think>\n{chain}\n</think>\n\nIt is \\boxed{{20}}.",
        }
        for at, chain in enumerate(chains)
    ]
    recheck = {"weights": {"model": "data/pocket", "device": "cpu"}, "min_likelihood": 0.5}
    path = imported(tmp_path, traces, methods=method(ratios=[1.0], recheck=recheck))
    (found,) = rows(built(path).folder)

    assert report(path)["methods"]["token_skip"]["rejected"] == {"answer_unlikely": 1}
    (measure,) = found["measures"]
    assert (measure["name"], measure["value"] > 0.5) == ("answer_likelihood", True)


def test_prose_reasoning_is_whole_at_ratio_one_and_no_row_is_empty_below(tmp_path: Path) -> None:
    prose = (
        "Genghis Khan had many sons. Julius Caesar had three children. Hence Khan has far more descendants. "
        "Therefore more people descend from Khan than from Caesar."
    )
    row = {
        "question": "Are there more descendants of Khan?",
        "answer": "yes",
        "reply": f"{prose} So the answer is yes.",
    }
    for ratio in (1.0, 0.7):
        (found,) = rows(built(imported(tmp_path, [row], methods=method(ratios=[ratio]))).folder)

        assert found["reply"].startswith(prose) == (ratio == 1)
        assert found["reply"].endswith("\n\nThe final answer is: $\\boxed{yes}$")
        assert found["units_kept_ratio"] == pytest.approx(ratio, abs=0.03)


def test_options_of_the_reference_belong_to_its_rule(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="options of `rule: percentile`"):
        ordered(run_file(tmp_path, methods=method(force_reserve_digit=True)))

    options: dict[str, Any] = {"force_tokens": ["Step", ":"], "force_reserve_digit": True, "drop_consecutive": True}
    for row in dataset(tmp_path, ratios=[0.5], rule="percentile", **options):
        whole = row["kept_spans"]
        assert whole


def test_the_pocket_scorer_on_real_text_is_a_caution_and_named_weights_are_none(tmp_path: Path) -> None:
    lexical = {"kind": "self_information", "weights": {"model": "data/pocket"}}
    task = {"kind": "task", "task": "addition", "count": 4}
    real = [[{"kind": "token_skip"}], method(scorer=lexical)]
    quiet = [method()]

    for methods in real:
        (told,) = cautions(ordered(run_file(tmp_path, methods=methods)).run)
        assert "knows the pocket world alone" in told
        assert cautions(ordered(run_file(tmp_path, methods=methods, problems=task)).run) == []
    for methods in quiet:
        assert cautions(ordered(run_file(tmp_path, methods=methods)).run) == []


def test_the_same_run_gives_the_same_bytes_and_controls_share_the_samples(tmp_path: Path) -> None:
    digests, samples = set(), set()
    for place, scorer in (("a", "random"), ("b", "random"), ("c", "truncation")):
        (tmp_path / place).mkdir()
        path = run_file(tmp_path / place, engine=ENGINE, methods=method(scorer={"kind": scorer}))
        digests.add(built(path).folder.name)
        samples.add(ordered(path).plan.branches[0].traces.fingerprint)

    assert len(digests) == 2
    assert len(samples) == 1


@pytest.mark.parametrize(
    ("marker", "told"), [("\n[short]", "has no {value}"), ("<|end|>{value}", r"control tokens of data/pocket")]
)
def test_a_marker_that_cannot_work_is_refused_when_the_build_is_planned(tmp_path: Path, marker: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        ordered(run_file(tmp_path, tokenizer="data/pocket", methods=method(marker=marker)))


def test_a_marker_that_is_plain_text_to_the_tokenizer_stays_and_is_a_caution(tmp_path: Path) -> None:
    marker = "<|eot_id|>{value}<|eot_id|>"
    for tokenizer in ("words", "data/pocket"):
        path = run_file(tmp_path, tokenizer=tokenizer, methods=method(marker=marker, ratios=[0.5]))
        found = rows(built(path).folder)

        assert all(row["prompt"][-1]["content"].endswith("<|eot_id|>0.5<|eot_id|>") for row in found)
        assert any("'<|eot_id|>'" in told for told in cautions(ordered(path).run))


def test_a_question_that_holds_the_marker_leaves(tmp_path: Path) -> None:
    assert Condition(control_kind="ratio_kept", suffix=TokenSkip().marker).is_in("What is this? [keep 0.7]")

    with pytest.raises(EmptyDataset):
        built(run_file(tmp_path, methods=method(ratios=[0.5], marker=" What is {value}?")))

    assert report(tmp_path / "run.yaml")["methods"]["token_skip"]["rows"] == 0
    assert report(tmp_path / "run.yaml")["methods"]["token_skip"]["rejected"]["question_holds_condition"] > 0


@pytest.mark.cluster
@pytest.mark.long
@pytest.mark.usefixtures("one_ray")
def test_the_pocket_scorer_gives_the_same_bytes_here_and_on_ray(tmp_path: Path) -> None:
    scorer = {"kind": "llmlingua2", "weights": {"model": "data/pocket_scorer"}}
    digests = set()
    for place in ("here", "ray"):
        (tmp_path / place).mkdir()
        path = run_file(tmp_path / place, engine=ENGINE, methods=method(scorer=scorer), where=place)
        digests.add(built(path).folder.name)

    assert len(digests) == 1


@pytest.mark.slow
def test_real_chains_of_thought_are_cut_to_the_ratio_with_whole_formulas(tmp_path: Path, shared: Path) -> None:
    source: dict[str, Any] = {
        "kind": "file",
        "path": str(_first(shared / "data" / "model_outputs" / "tokenskip_qwen2.5-7b_gsm8k_gamma1.0.jsonl", tmp_path)),
        "columns": {"question": "messages.0.content", "gold": "answer"},
        "replies": [{"text": "model_output"}],
    }
    scorer = {"kind": "llmlingua2", "weights": {"model": "data/pocket_scorer"}}
    changes: dict[str, Any] = {"problems": None, "traces": source, "engine": None, "tokenizer": "words"}
    found = rows(built(run_file(tmp_path, **changes, methods=method(scorer=scorer, ratios=[1.0, 0.6]))).folder)

    assert len(found) > 60
    replies = {line["messages"][0]["content"]: line["model_output"] for line in _lines(Path(source["path"]))}
    for row in found:
        whole, spans = parts_of(replies[row["question"]]).reasoning, row["kept_spans"]
        left = "".join(whole[begin:end] for begin, end in zip(spans[::2], spans[1::2], strict=True))
        assert row["reply"].startswith(left)
        assert row["units_kept_ratio"] == pytest.approx(row["control_value"], abs=0.02)
        assert not Counter(formulas(unboxed(left))) - Counter(formulas(unboxed(whole)))
        assert row["reply"].count("\\boxed{") == 1 or row["reply"] == replies[row["question"]]
        assert (row["control_value"] == 1) == (left == whole.rstrip())


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _first(path: Path, folder: Path, count: int = 80) -> Path:
    part = folder / "first.jsonl"
    part.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:count]))
    return part
