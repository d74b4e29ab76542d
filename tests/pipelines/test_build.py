from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from data.errors import ArtifactError, ConfigError, InputError
from data.store import only_runner
from pipelines.execute.executor import BuildStopped
from pipelines.stop import Stop
from tests.pipelines.runs import Told, built, ordered, report, run_file


def test_every_trace_is_in_the_dataset_or_rejected_with_a_reason(tmp_path: Path) -> None:
    folder = built(run_file(tmp_path)).folder
    kept = load_dataset(str(folder), "shortest_correct", cache_dir=str(tmp_path / "cache"))
    gone = pq.read_table(folder / "rejected").to_pylist()
    rows = sum(split.num_rows for split in kept.values())

    assert rows + len(gone) == 12 * 4
    assert all(row["dropped"] for row in gone)
    reasons = {"cancelled", "incorrect", "truncated", "not_chosen", "repeated"}
    assert set(Counter(row["dropped"] for row in gone)) <= reasons


def test_built_twice_it_is_the_same_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = built(run_file(tmp_path / "a")).folder
    two = built(run_file(tmp_path / "b", block=3, order="as_they_come")).folder
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file() and path.suffix == ".arrow")

    assert one.name == two.name
    assert names
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_built_again_nothing_is_done_twice(tmp_path: Path) -> None:
    path = run_file(tmp_path)
    first = built(path)
    told = Told()
    again = built(path, told)

    assert again.folder == first.folder
    assert told.parts == []
    assert told.reused_steps == ["read", "sample", "shortest_correct"]


def test_stopped_and_run_again_it_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = built(run_file(tmp_path / "whole", block=2)).folder.name
    path = run_file(tmp_path, block=2)
    stop = Stop()
    first = Told(stop, after=2)
    with pytest.raises(BuildStopped):
        built(path, first, stop)
    second = Told()
    folder = built(path, second).folder
    sampled = [counts.usage for step, counts in [*first.parts, *second.parts] if step == "sample"]

    assert folder.name == whole
    assert len(sampled) == 6
    assert sum(usage["calls"] for usage in sampled) == 12 * 4 - sum(usage["replayed"] for usage in sampled)


def test_a_token_limit_ends_early_with_a_dataset_that_says_so_and_more_room_goes_on(tmp_path: Path) -> None:
    few = built(
        run_file(tmp_path, count=60, block=2, engine={"kind": "fake", "concurrency": 4}, limits={"tokens": 2000})
    )
    card = (few.folder / "README.md").read_text()
    some = few.reports["shortest_correct"].solved
    more = built(run_file(tmp_path, count=60, block=2, engine={"kind": "fake", "concurrency": 4}))

    assert 0 < some < 60
    assert "limit of 2,000 tokens" in card
    assert more.reports["shortest_correct"].problems == 60
    assert more.folder != few.folder


def test_another_configuration_never_mixes_with_what_is_there(tmp_path: Path) -> None:
    built(run_file(tmp_path))
    told = Told()
    built(run_file(tmp_path, seed=7), told)

    assert told.reused_steps == ["read"]


def test_the_report_adds_up(tmp_path: Path) -> None:
    path = run_file(tmp_path)
    built(path)
    told = report(path)
    method = told["methods"]["shortest_correct"]

    assert method["traces"] == sum(method["verdicts"].values()) == 48
    assert method["used"] + sum(method["rejected"].values()) == method["traces"]
    assert method["solved"] + method["unsolved"] == method["problems"] == 12
    assert sum(every for _, every in method["solved_by_difficulty"].values()) == 12
    assert told["usage"]["calls"] == 48


def test_a_second_build_on_one_store_is_refused(tmp_path: Path) -> None:
    path = run_file(tmp_path)
    with only_runner(tmp_path / "runs" / "small"), pytest.raises(ArtifactError, match="another build"):
        built(path)


def test_every_fault_of_a_run_file_is_told_at_once(tmp_path: Path) -> None:
    path = run_file(tmp_path, methods=[{"kind": "shortest_correct", "zero_shot": -1}], block=0, engine={"kind": "nope"})

    with pytest.raises(ConfigError) as caught:
        ordered(path)
    told = "\n".join(caught.value.faults)
    assert all(field in told for field in ("methods", "block", "engine"))


def test_problems_and_traces_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="either `problems` or `traces`"):
        ordered(run_file(tmp_path, problems=None))


def test_a_source_with_nothing_usable_is_an_error(tmp_path: Path) -> None:
    path = run_file(tmp_path)
    (tmp_path / "problems.jsonl").write_text("")

    with pytest.raises(InputError):
        built(path)


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.usefixtures("one_ray")
def test_on_ray_it_is_the_same_dataset(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "ray").mkdir()
    here = built(run_file(tmp_path / "here", where="here")).folder
    there = built(run_file(tmp_path / "ray", where="ray")).folder

    assert here.name == there.name
