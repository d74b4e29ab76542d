import json
from pathlib import Path

from data.dataset.manifest import read_manifest
from data.store import only_runner
from tests.flows.builds import Command, write_run_file


def latest(folder: Path) -> Path:
    report = json.loads((folder / "runs/sums/report.json").read_text("utf-8"))
    return folder / "runs/sums/dataset" / str(report["dataset"])


def test_a_build_ends_by_telling_where_the_dataset_is_and_what_is_in_it(command: Command, run_file: Path) -> None:
    ran = command("build", str(run_file))

    version = latest(run_file.parent)
    assert ran.code == 0
    assert f"Dataset: runs/sums/dataset/{version.name}" in ran.out
    assert read_manifest(version).digest in ran.out
    assert "shortest_correct" in ran.out
    assert "ended early" not in ran.out


def test_a_finished_build_asks_nothing_again_and_gives_the_same_version(command: Command, run_file: Path) -> None:
    command("build", str(run_file))
    before = latest(run_file.parent)

    ran = command("resume", str(run_file))

    assert ran.code == 0
    assert latest(run_file.parent) == before
    assert "sample: 48 rows, there already" in ran.err


def test_a_limit_that_ended_a_build_is_said_plainly_at_the_end(command: Command, tmp_path: Path) -> None:
    run_file = write_run_file(tmp_path, problems=40, latency=0.01, more="limits: {tokens: 1500}")

    ran = command("build", str(run_file))

    manifest = read_manifest(latest(tmp_path))
    assert ran.code == 0
    assert "This build ended early: limit of 1,500 tokens" in ran.out
    assert 0 < manifest.rows("mix") < 40


def test_a_second_build_at_the_same_time_is_refused(command: Command, run_file: Path) -> None:
    with only_runner(run_file.parent / "runs/sums"):
        ran = command("build", str(run_file))

    assert ran.code == 1
    assert "another build is writing here" in ran.err


def test_times_stand_in_the_log_alone(command: Command, run_file: Path) -> None:
    command("build", str(run_file))

    folder = run_file.parent / "runs/sums"
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]
    year = events[0]["time"][:5]
    texts = [path for path in folder.rglob("*") if path.suffix in (".json", ".md", ".yaml")]
    assert [event["event"] for event in events][0 :: len(events) - 1] == ["started", "built"]
    assert all(event["time"] for event in events)
    assert [path.name for path in texts if f'"{year}' in path.read_text("utf-8")] == []


def test_a_build_that_fails_says_so_in_the_log(command: Command, tmp_path: Path) -> None:
    more = "tokenizer: words"
    run_file = write_run_file(tmp_path, more=more)
    artifacts = tmp_path / "runs/sums/artifacts"
    command("build", str(run_file))
    damaged = next(artifacts.glob("sample-*/part-*.parquet"))
    damaged.write_bytes(b"damaged")

    ran = command("build", str(run_file))

    last = (tmp_path / "runs/sums/log.jsonl").read_text("utf-8").splitlines()[-1]
    assert ran.code == 1
    assert str(damaged) in ran.err
    assert json.loads(last)["event"] == "failed"
