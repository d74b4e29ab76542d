import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from pipelines.exports.preferences import write_pairs
from tests.pipelines.runs import built, ordered, report, run_file
from tests.stages.traces import marked

SAMPLES = 8
RIGHT = (8, 6, 4, 1, 0)
"""How many of the samples of a problem are right, problem by problem."""


def imported(folder: Path, **method: Any) -> Path:
    """A run file over problems that were solved more and more seldom; the longer a sample, the later it comes."""
    lines = [
        {
            "question": f"What is {n} + 8?",
            "answer": str(n + 8),
            "samples": [
                marked(" ".join(["step"] * (k + 1)) + f" so {n + 8}.", str(n + 8 if k < right else 99))
                for k in range(SAMPLES)
            ],
        }
        for n, right in enumerate(RIGHT)
    ]
    path = folder / "traces.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    columns = {"question": "question", "gold": "answer"}
    traces = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "samples"}]}
    return run_file(folder, problems=None, traces=traces, engine=None, methods=[{"kind": "by_difficulty", **method}])


def rows(dataset: Path, config: str = "by_difficulty") -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / config)).values() for row in split]


def steps(found: list[dict[str, Any]]) -> dict[str, list[int]]:
    """The length of each problem's chains, in steps."""
    told: dict[str, list[int]] = defaultdict(list)
    for row in found:
        told[row["question"]].append(row["reasoning"].count("step"))
    return {question: sorted(lengths) for question, lengths in told.items()}


def test_easy_problems_are_taught_by_short_chains_and_hard_ones_by_long_ones(tmp_path: Path) -> None:
    path = imported(tmp_path)
    found = steps(rows(built(path).folder))

    assert found == {"What is 0 + 8?": [1], "What is 1 + 8?": [1], "What is 2 + 8?": [3], "What is 3 + 8?": [1]}
    assert report(path)["methods"]["by_difficulty"]["rejected"]["incorrect"] == 5 * SAMPLES - sum(RIGHT)


def test_the_choice_of_lcpo_pairs_the_ends_of_problems_that_are_always_solved(tmp_path: Path) -> None:
    version = built(imported(tmp_path, bands=[{"solved": 1.0, "quantiles": [0, 1]}])).folder
    folder = write_pairs(version, "by_difficulty", tmp_path / "pairs", per_problem=1, shorter_by=0.0)
    (pair,) = [row for split in folder.glob("*.parquet") for row in pq.read_table(split).to_pylist()]

    assert steps(rows(version)) == {"What is 0 + 8?": [1, SAMPLES]}
    assert pair["chosen_cot_tokens"] < pair["rejected_cot_tokens"]


def test_every_trace_is_kept_or_says_why_it_is_not(tmp_path: Path) -> None:
    path = imported(tmp_path, bands=[{"solved": 0.6, "quantiles": []}, {"solved": 0.4, "quantiles": [0.5]}])
    built(path)
    told = report(path)["methods"]["by_difficulty"]

    assert told["rejected"] == {"incorrect": 21, "band_left_out": 14, "not_chosen": 3, "solved_too_seldom": 1}
    assert told["used"] + sum(told["rejected"].values()) == told["traces"] == 5 * SAMPLES


def test_any_method_keeps_only_problems_that_are_solved_as_often_as_wanted(tmp_path: Path) -> None:
    path = imported(tmp_path)
    tree = json.loads(path.read_text())
    tree["methods"] = [{"kind": "shortest_correct", "pass_rate": {"at_least": 0.1, "at_most": 0.8}}]
    path.write_text(json.dumps(tree))
    version = built(path).folder
    told = report(path)["methods"]["shortest_correct"]["rejected"]

    assert set(steps(rows(version, "shortest_correct"))) == {f"What is {n} + 8?" for n in (1, 2, 3)}
    assert (told["solved_too_often"], told["solved_too_seldom"]) == (SAMPLES, SAMPLES)


def test_what_was_made_without_a_pass_rate_is_not_made_again(tmp_path: Path) -> None:
    plain, all_of_them = (
        ordered(run_file(tmp_path, methods=[{"kind": "shortest_correct", **fields}])).plan.branches[0].rows
        for fields in ({"race": False}, {"race": False, "pass_rate": None})
    )
    some = ordered(
        run_file(tmp_path, methods=[{"kind": "shortest_correct", "race": False, "pass_rate": {"at_least": 0.5}}])
    )

    assert plain.fingerprint == all_of_them.fingerprint
    assert plain.needs == some.plan.branches[0].rows.needs


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ({"kind": "by_difficulty", "bands": [{"solved": 0.5, "quantiles": []}]}, "nothing would be kept"),
        (
            {
                "kind": "by_difficulty",
                "bands": [{"solved": 0.2, "quantiles": [0]}, {"solved": 0.5, "quantiles": [1]}],
            },
            "0.5 comes after 0.2",
        ),
        ({"kind": "by_difficulty", "bands": []}, "bands"),
        ({"kind": "by_difficulty", "bands": [{"solved": 2, "quantiles": [0]}]}, "solved"),
        ({"kind": "shortest_correct", "pass_rate": {"at_least": 0.5}}, "`race: false`"),
        ({"kind": "shortest_correct", "race": False, "pass_rate": {"at_least": 0.5, "at_most": 0.2}}, "over at_most"),
        ({"kind": "learn_skip", "pass_rate": {"at_least": 0.5}}, "leave `pass_rate` out"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, method: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        ordered(run_file(tmp_path, methods=[method]))
