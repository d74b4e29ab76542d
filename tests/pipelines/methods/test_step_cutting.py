import json
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from pipelines.build.cautions import cautions
from tests.pipelines.runs import built, ordered, report, run_file

CHAIN = "Tom starts with 15 coins.\n\n15 + 8 = 23.\n\nWait, let me check: 8 + 15 = 23.\n\n23 - 3 = 20."
QUESTION = "Tom has 15 coins. Tom finds 8 more coins. He loses 3 coins. How many coins does Tom have now?"


def run(folder: Path, **method: Any) -> Path:
    """Write a run file over three traces of one chain that were sampled elsewhere."""
    path = folder / "traces.jsonl"
    rows = [
        {"question": f"{QUESTION} ({at})", "answer": "20", "reply": f"<think>\n{CHAIN}\n</think>\n\nSo \\boxed{{20}}."}
        for at in range(3)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    columns = {"question": "question", "gold": "answer"}
    source = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "reply"}]}
    changes: dict[str, Any] = {"problems": None, "traces": source, "engine": None, "tokenizer": "words"}
    return run_file(folder, **changes, methods=[{"kind": "step_cutting", "scorer": {"kind": "random"}, **method}])


def rows(folder: Path, **method: Any) -> list[dict[str, Any]]:
    found = built(run(folder, **method)).folder
    return [row for split in load_from_disk(str(found / "step_cutting")).values() for row in split]


@pytest.mark.parametrize("scorer", ["random", "truncation", "step_entropy", "step_surprisal", "answer_perplexity"])
def test_every_step_that_is_left_is_one_of_the_original_and_the_answer_stays(tmp_path: Path, scorer: str) -> None:
    weights = {} if scorer in ("random", "truncation") else {"weights": {"model": "data/pocket", "device": "cpu"}}
    found = rows(tmp_path, scorer={"kind": scorer, **weights}, counts="steps", ratios=[0.5])

    assert len(found) == 3
    for row in found:
        steps = row["cot"].split("\n\n")
        assert len(steps) == 2 and set(steps) <= set(CHAIN.split("\n\n"))
        assert row["completion"][0]["content"].endswith("</think>\n\nSo \\boxed{20}.")
        assert row["kept_ratio"] < 1 and row["control_value"] == 0.5
        assert row["shortened_by"].startswith(scorer)


def test_truncation_keeps_the_beginning(tmp_path: Path) -> None:
    (first, *_) = rows(tmp_path, scorer={"kind": "truncation"}, counts="steps", ratios=[0.5])

    assert first["cot"] == "\n\n".join(CHAIN.split("\n\n")[:2])


def test_checks_alone_go_where_only_they_may(tmp_path: Path) -> None:
    for row in rows(tmp_path, prune="checks", counts="steps", ratios=[0.1]):
        assert row["cot"] == CHAIN.replace("Wait, let me check: 8 + 15 = 23.\n\n", "")


def test_the_mark_of_what_was_cut_is_a_token_of_the_row(tmp_path: Path) -> None:
    for row in rows(tmp_path, prune="checks", counts="steps", ratios=[0.1], skip_mark="[SKIP]"):
        assert row["cot"] == CHAIN.replace("Wait, let me check: 8 + 15 = 23.", "[SKIP]")
        assert row["added_tokens"] == ["[SKIP]"]


def test_the_prompt_says_nothing_unless_it_is_asked_to(tmp_path: Path) -> None:
    for marker, told in (("", False), (" [keep {value}]", True)):
        (tmp_path / str(told)).mkdir()
        found = rows(tmp_path / str(told), counts="steps", ratios=[0.5], marker=marker)
        assert all(row["prompt"][-1]["content"].endswith("[keep 0.5]") == told for row in found)
    with pytest.raises(ConfigError, match="all ratios would look alike"):
        ordered(run(tmp_path, marker="[short]"))


def test_what_cannot_be_cut_to_the_ratio_is_remarked_or_leaves(tmp_path: Path) -> None:
    path = run(tmp_path, ratios=[0.9])
    built(path)
    told = report(path)["methods"]["step_cutting"]

    assert told["remarks"].get("ratio_unreachable", 0) + told["rows"] >= 3


def test_a_model_of_the_pocket_world_on_real_text_is_a_caution(tmp_path: Path) -> None:
    scorer = {"kind": "step_entropy", "weights": {"model": "data/pocket"}}

    assert any("pocket world alone" in told for told in cautions(ordered(run(tmp_path, scorer=scorer)).run))
    assert not any("pocket world" in told for told in cautions(ordered(run(tmp_path)).run))
