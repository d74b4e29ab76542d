import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.result_page import best, cost, duration
from benchmarks.result_rows import Plan, ResultRow, read_rows
from data.store import write_json


def logged(folder: Path, *events: tuple[int, str]) -> Path:
    lines = [{"time": f"2026-01-01T00:{minute:02d}:00+00:00", "event": event} for minute, event in events]
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


def test_what_was_done_before_a_kill_is_counted_and_the_pause_after_it_is_not(tmp_path: Path) -> None:
    killed = logged(tmp_path / "a", (0, "started"), (20, "part"), (40, "started"), (41, "built"))
    unbroken = logged(tmp_path / "b", (0, "started"), (21, "built"))
    under_way = logged(tmp_path / "c", (0, "started"), (5, "built"), (10, "started"), (12, "part"))

    assert [cost(folder).seconds for folder in (killed, unbroken, under_way)] == [21 * 60, 21 * 60, 7 * 60]


def test_the_duration_is_that_of_all_runs_under_the_seed(tmp_path: Path) -> None:
    for name, minutes in (("a-0", 50), ("a-0-tuned", 9), ("measured-usual-0", 2), ("a-1", 30)):
        logged(tmp_path / name, (0, "started"), (minutes, "built"))

    assert "1 h 01 min" in duration(Plan(tmp_path, 0, None))


def measured(runs: Path, **models: tuple[float, float]) -> Plan:
    plan = Plan(runs, 0, None)
    results: list[dict[str, Any]] = [
        {"model": name, "all": {"accuracy": accuracy, "cot_tokens": {"mean": tokens}}}
        for name, (accuracy, tokens) in models.items()
    ]
    write_json(runs / "measured-usual-0" / "measure.json", {"results": results})
    return plan


@pytest.mark.parametrize(
    ("models", "chosen"),
    [
        ({"a": (0.99, 90.0), "b": (0.985, 40.0), "c": (0.3, 5.0), "d": (0.97, 60.0)}, ["b", "a", "d"]),
        ({"a": (0.5, 90.0), "b": (0.6, 95.0), "c": (0.6, 80.0)}, ["c", "b", "a"]),
    ],
)
def test_the_best_are_the_shortest_that_hold_their_accuracy_and_then_the_most_accurate(
    tmp_path: Path, models: dict[str, tuple[float, float]], chosen: list[str]
) -> None:
    plan = measured(tmp_path, base=(0.99, 200.0), **models)
    rows = {name: ResultRow(title=name, role="method", build={}) for name in models}

    assert best(plan, rows) == chosen


def test_each_seed_asks_other_problems(tmp_path: Path) -> None:
    rows = read_rows(["self_training"])
    files = [Plan(tmp_path, seed, None).measure_file(rows, 10, longer=False).read_text() for seed in (0, 1)]

    assert ["seed: 11" in text for text in files] == [True, False]
