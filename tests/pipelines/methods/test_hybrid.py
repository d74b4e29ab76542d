import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from data.prompts.wording import question_prompt
from tests.pipelines.runs import built, ordered, report, run_file
from tests.stages.traces import marked

THOUGHT = "There are {n} and 8 more.\nThat makes {total}."


def think(n: int, total: int) -> str:
    return marked(THOUGHT.format(n=n, total=total), str(total))


def quick(total: int) -> str:
    return f"It is \\boxed{{{total}}}."


def imported(folder: Path, rights: tuple[int, ...] = (4, 2, 0), **method: Any) -> Path:
    """A run file over problems with two thinking samples and four quick ones, so many of these right."""
    lines = [
        {
            "question": f"Tom has {n} coins and finds 8. How many has he?",
            "answer": str(n + 8),
            "samples": [think(n, n + 8), think(n, n + 8) + "!", *(quick(n + 8 + (k >= right)) for k in range(4))],
        }
        for n, right in enumerate(rights, start=1)
    ]
    path = folder / "traces.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    columns = {"question": "question", "gold": "answer"}
    traces = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "samples"}]}
    return run_file(folder, problems=None, traces=traces, engine=None, methods=[{"kind": "hybrid", **method}])


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "hybrid")).values() for row in split]


def modes(found: list[dict[str, Any]]) -> list[tuple[str, float]]:
    return sorted((row["question"].split()[2], row["control_value"]) for row in found)


def test_each_mode_has_its_shape_its_prompt_and_a_right_answer(tmp_path: Path) -> None:
    path = imported(tmp_path)
    found = rows(built(path).folder)

    assert modes(found) == [("1", 0.0), ("1", 1.0), ("2", 0.0), ("2", 1.0), ("3", 1.0)]
    for row in found:
        thinks = row["control_value"] == 1.0
        assert row["verdict"] == "correct"
        assert row["control_kind"] == "mode"
        assert bool(row["reasoning"]) == thinks
        system = {"role": "system", "content": "/think" if thinks else "/no_think"}
        assert row["prompt"] == [system, {"role": "user", "content": question_prompt(row["question"])}]
        begin = "<think>\nThere" if thinks else "<think>\n\n</think>\n\nIt is"
        assert row["completion"][0]["content"].startswith(begin)
    told = {row["question"].split()[2]: {m["name"]: m["value"] for m in row["measures"]} for row in found}
    assert told["2"] == {"pass_rate_think": 1.0, "pass_rate_quick": 0.5}
    assert report(path)["methods"]["hybrid"]["rejected"] == {"incorrect": 6, "repeated": 4, "not_chosen": 3}


def test_shares_by_difficulty_say_which_mode_a_problem_is_taught_in(tmp_path: Path) -> None:
    shares = [{"solved": 0.75, "think": 0, "quick": 1}, {"solved": 0.0, "think": 1, "quick": 0}]
    path = imported(tmp_path, shares=shares)
    found = rows(built(path).folder)

    assert modes(found) == [("1", 0.0), ("2", 1.0), ("3", 1.0)]
    assert report(path)["methods"]["hybrid"]["rejected"]["mode_left_out"] == 3


def test_a_share_is_drawn_for_each_problem_and_mode_by_the_seed(tmp_path: Path) -> None:
    half = [{"solved": 0.0, "think": 0.5, "quick": 1.0}]
    found: list[list[tuple[str, float]]] = []
    for seed in (0, 0, 1):
        folder = tmp_path / f"{len(found)}"
        folder.mkdir()
        path = imported(folder, rights=(4,) * 40, shares=half)
        path.write_text(json.dumps({**json.loads(path.read_text()), "seed": seed}))
        found.append(modes(rows(built(path).folder)))

    assert found[0] == found[1] != found[2]
    assert Counter(value for _, value in found[0])[0.0] == 40
    assert 10 < Counter(value for _, value in found[0])[1.0] < 30


def test_without_its_twin_a_row_stays_or_leaves(tmp_path: Path) -> None:
    path = imported(tmp_path, unpaired="drop")
    found = rows(built(path).folder)

    assert modes(found) == [("1", 0.0), ("1", 1.0), ("2", 0.0), ("2", 1.0)]
    assert report(path)["methods"]["hybrid"]["rejected"]["no_twin"] == 1


def test_the_answer_behind_a_thought_is_its_own_quick_twin(tmp_path: Path) -> None:
    path = imported(tmp_path, quick="answer", mode={"kind": "template_args"})
    found = rows(built(path).folder)
    by_mode = {(row["question"], row["control_value"]): row for row in found}

    assert len(by_mode) == 6
    for (question, value), row in by_mode.items():
        whole = by_mode[question, 1.0]
        assert json.loads(row["template_args"]) == {"enable_thinking": value == 1.0}
        if value == 0.0:
            assert row["from_trace_id"] == whole["trace_id"]
            assert row["completion"][0]["content"] == whole["answer"] == row["answer"]
            assert row["cot_tokens"] < row["from_tokens"]


def test_a_switch_begins_quick_turns_and_both_modes_are_asked_alike(tmp_path: Path) -> None:
    found = rows(built(imported(tmp_path, mode={"kind": "switch"})).folder)

    for row in found:
        said = row["completion"][0]["content"]
        quick_turn = row["control_value"] == 0.0
        assert row["prompt"] == [{"role": "user", "content": question_prompt(row["question"])}]
        assert said.startswith("<short>It is" if quick_turn else "<think>")
        assert row["added_tokens"] == (["<short>"] if quick_turn else [])
        assert "".join(piece["text"] for piece in row["segments"]) == (said if quick_turn else "")


def test_a_question_or_a_reply_that_holds_the_marks_leaves(tmp_path: Path) -> None:
    path = imported(tmp_path, mode={"kind": "switch", "token": "coins"})

    with pytest.raises(Exception, match="question_holds_condition"):
        built(path)


def test_one_engine_is_asked_in_both_modes_and_two_each_in_their_own(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = ordered(run_file(tmp_path / "one", methods=[{"kind": "hybrid", "mode": {"kind": "suffix"}}])).plan
    engines = {"a": {"kind": "fake", "wrong": 0.1}, "b": {"kind": "fake", "steps": 3}}
    method = {"kind": "hybrid", "teachers": ["a", "b"], "mode": {"kind": "suffix"}}
    two = ordered(run_file(tmp_path / "two", engine=None, engines=engines, methods=[method])).plan

    for plan, models in ((one, 1), (two, 2)):
        asked = [step for step in plan.steps if step.dialogues]
        assert [step.name for step in asked] == ["sample-think", "sample-quick"]
        assert len({step.dialogues[0].engine for step in asked}) == models


def test_what_is_sampled_is_sampled_in_its_mode(tmp_path: Path) -> None:
    fake = {"kind": "fake", "steps": 3}
    path = run_file(tmp_path, count=6, engine=fake, methods=[{"kind": "hybrid", "mode": {"kind": "suffix"}}])
    found = rows(built(path).folder)

    assert {row["prompt_id"] for row in found} == {"think"}
    assert {row["prompt"][-1]["content"].rpartition(" ")[2] for row in found} == {"/think"}
    assert report(path)["methods"]["hybrid"]["rejected"]["thought_in_quick"] > 0


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ({"shares": [{"solved": 0, "think": 0, "quick": 0}]}, "nothing would be kept"),
        (
            {"shares": [{"solved": 0, "think": 1, "quick": 0}, {"solved": 0.5, "think": 1, "quick": 0}]},
            "0.5 comes after 0",
        ),
        ({"mode": {"kind": "voice"}}, "mode"),
        ({"mode": {"kind": "switch", "token": ""}}, "token"),
        ({"quick": "never"}, "quick"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, method: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        ordered(imported(tmp_path, **method))


def test_one_teacher_alone_is_an_error(tmp_path: Path) -> None:
    engines = {"a": {"kind": "fake"}, "b": {"kind": "fake", "steps": 3}, "c": {"kind": "fake", "steps": 4}}
    method = {"kind": "hybrid", "teachers": ["a", "b", "c"]}

    with pytest.raises(ConfigError, match="give both"):
        ordered(run_file(tmp_path, engine=None, engines=engines, methods=[method]))
