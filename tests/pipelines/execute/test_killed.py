"""A build that asks two engines, killed at ten moments: nothing that was kept is asked again, here or on Ray."""

from functools import partial
from pathlib import Path

import pytest

from data.journal import asked_again
from tests.flows.builds import ended, wait_for
from tests.pipelines.killing import kill, replies, started
from tests.pipelines.runs import built, run_file

PROBLEMS, SAMPLES, KILLS = 24, 4, 10
REPLIES = PROBLEMS * SAMPLES * 2
TWO = {
    "engine": None,
    "engines": {
        "one": {"kind": "fake", "wrong": 0.3, "latency_seconds": 0.2, "concurrency": 8},
        "two": {"kind": "fake", "steps": 5, "latency_seconds": 0.2, "concurrency": 8},
    },
    "methods": [{"kind": "shortest_correct", "zero_shot": SAMPLES, "race": False, "teachers": ["one", "two"]}],
}


@pytest.fixture(scope="module")
def uncrashed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of a build that nothing happened to."""
    path = run_file(tmp_path_factory.mktemp("uncrashed"), count=PROBLEMS, where="here", **TWO)
    return built(path).folder.name


@pytest.mark.soak
@pytest.mark.slow
@pytest.mark.parametrize("where", ["here", pytest.param("ray", marks=pytest.mark.cluster)])
def test_killed_at_ten_moments_it_asks_nothing_kept_again(where: str, uncrashed: str, tmp_path: Path) -> None:
    path = run_file(tmp_path, count=PROBLEMS, where=where, **TWO)
    for moment in range(1, KILLS + 1):
        process, enough = started(path), moment * REPLIES // (KILLS + 1)
        wait_for(partial(_has, tmp_path, enough), process)
        kill(process)

    last = ended(started(path))

    assert last.code == 0, last.err
    assert asked_again(tmp_path / "runs" / "small" / "journal") == 0
    assert replies(tmp_path) == REPLIES
    assert [it.name for it in (tmp_path / "runs" / "small" / "dataset").iterdir() if it.is_dir()] == [uncrashed]


def _has(folder: Path, enough: int) -> bool:
    return replies(folder) >= enough
