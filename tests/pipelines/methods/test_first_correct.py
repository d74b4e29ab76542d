import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk

from data.errors import ConfigError
from pipelines.exports.preferences import write_pairs
from tests.pipelines.runs import built, ordered, report, run_file
from tests.stages.traces import marked


def sample(n: int, checks: int, *, wrong: bool = False) -> str:
    """A reply that solves and then looks back as often as told."""
    total = n + 8 + wrong
    back = " ".join(f"Wait, is it? {n} + 8 = {total}, so the answer is {total}." for _ in range(checks))
    return marked(f"Tom has {n} coins and finds 8.\nThat makes {total}. So the answer is {total}. {back}", str(total))


def imported(folder: Path, *, checks: tuple[int, ...] = (3, 1, 2), count: int = 6, **method: Any) -> Path:
    """A run file over problems with right samples that check themselves so often, and a wrong one each."""
    lines = [
        {
            "question": f"Tom has {n} coins and finds 8. How many has he?",
            "answer": str(n + 8),
            "samples": [*(sample(n, often) for often in checks), sample(n, 1, wrong=True)],
        }
        for n in range(1, count + 1)
    ]
    path = folder / "traces.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    columns = {"question": "question", "gold": "answer"}
    traces = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "samples"}]}
    methods = [{"kind": "first_correct", **method}]
    return run_file(folder, problems=None, traces=traces, engine=None, methods=methods)


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "first_correct")).values() for row in split]


def test_every_row_is_right_and_ends_where_its_answer_is_first_stated(tmp_path: Path) -> None:
    path = imported(tmp_path, choose="every")
    found = rows(built(path).folder)

    assert len(found) == 18
    for row in found:
        assert row["verdict"] == "correct"
        assert row["reasoning"].endswith(f"So the answer is {row['gold']}.")
        assert row["reasoning"].count(f"answer is {row['gold']}") == 1
        assert row["kept_ratio"] == row["cot_tokens"] / row["from_tokens"] < 1
        assert row["control_kind"] == "none" and row["from_trace_id"]
    assert report(path)["methods"]["first_correct"]["rejected"] == {"incorrect": 6}


def test_the_shortest_of_a_problem_is_chosen_once_all_are_cut(tmp_path: Path) -> None:
    found = rows(built(imported(tmp_path)).folder)

    assert len(found) == 6
    assert {row["reasoning"].count("Wait") for row in found} == {0}


def test_pairs_prefer_the_shortest_first_solution_over_the_longest_whole_trace(tmp_path: Path) -> None:
    version = built(imported(tmp_path, rows="both")).folder
    folder = write_pairs(version, "first_correct", tmp_path / "pairs", per_problem=1, shorter_by=0.0)
    pairs = [row for split in folder.glob("*.parquet") for row in pq.read_table(split).to_pylist()]

    assert len(pairs) == 6
    for pair in pairs:
        chosen, rejected = (pair[side][0]["content"] for side in ("chosen", "rejected"))
        assert (chosen.count("Wait"), rejected.count("Wait")) == (0, 3)
        assert pair["chosen_verdict"] == pair["rejected_verdict"] == "correct"


def test_the_first_sample_stands_beside_its_own_shorter_self(tmp_path: Path) -> None:
    found = rows(built(imported(tmp_path, rows="both", choose="first", reflection="keep")).folder)
    by_problem: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        by_problem.setdefault(row["problem_id"], []).append(row)

    for whole, kept in (sorted(pair, key=lambda row: -row["cot_tokens"]) for pair in by_problem.values()):
        assert kept["from_trace_id"] == whole["trace_id"]
        assert (whole["reasoning"].count("Wait"), kept["reasoning"].count("Wait")) == (3, 1)
        assert whole["reasoning"].startswith(kept["reasoning"])
    assert Counter(len(pair) for pair in by_problem.values()) == {2: 6}


def test_what_has_no_earlier_end_is_counted_either_way(tmp_path: Path) -> None:
    told = {}
    for otherwise in ("whole", "drop"):
        (tmp_path / otherwise).mkdir()
        path = imported(tmp_path / otherwise, checks=(0, 2), choose="every", otherwise=otherwise)
        built(path)
        told[otherwise] = report(path)["methods"]["first_correct"]

    assert told["whole"]["remarks"] == {"no_earlier_end": 6}
    assert told["drop"]["rejected"] == {"incorrect": 6, "no_earlier_end": 6}
    assert (told["whole"]["rows"], told["drop"]["rows"]) == (12, 6)


def test_settings_that_change_rows_are_other_steps_on_the_same_traces(tmp_path: Path) -> None:
    settings: list[dict[str, Any]] = [
        {},
        {"ends": "stated"},
        {"reflection": "keep"},
        {"choose": "first"},
        {"rows": "both"},
        {"otherwise": "drop"},
    ]
    branches = [ordered(imported(tmp_path, **fields)).plan.branches[0] for fields in settings]

    assert len({branch.rows.fingerprint for branch in branches}) == len(settings)
    assert len({branch.traces.fingerprint for branch in branches}) == 1


@pytest.mark.parametrize("fields", [{"ends": "guessed"}, {"samples": 0}, {"choose": "longest"}])
def test_settings_that_cannot_work_are_told_before_anything_is_asked(tmp_path: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(fields))):
        ordered(imported(tmp_path, **fields))


def test_r1s_real_chains_end_earlier_and_stay_right(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[3])
    text = Path("examples/first_correct_import_r1.yaml").read_text("utf-8")
    path = tmp_path / "run.yaml"
    path.write_text(f"{text}runs: {tmp_path}\nwhere: here\n".replace("../shared", str(shared)))
    found = rows(built(path).folder)
    cut = [row for row in found if row["from_trace_id"]]

    assert {row["verdict"] for row in found} == {"correct"}
    assert len(cut) == 8
    assert all(row["cot_tokens"] < row["from_tokens"] for row in cut)
