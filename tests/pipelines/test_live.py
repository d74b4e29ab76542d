import asyncio
import json
from pathlib import Path

import pytest

from pipelines.execute.live import LiveFiles, added_up
from stages.asking.meter import Meter


async def test_the_counts_of_all_workers_are_added_up(tmp_path: Path) -> None:
    files = LiveFiles(tmp_path / "live")
    telling = asyncio.create_task(files.tell(Meter(calls=3, tokens=40, cost=0.5, in_flight=1)))
    while not files.total().calls:
        await asyncio.sleep(0)
    telling.cancel()
    other = {"calls": 2, "replayed": 7, "tokens": 2, "prompt_tokens": 0, "cost": 0.25, "in_flight": 0}
    (files.folder / "elsewhere-1.json").write_text(json.dumps(other), "utf-8")

    assert files.total() == Meter(calls=5, replayed=7, tokens=42, cost=0.75, in_flight=1)


def test_what_was_told_before_does_not_count_and_nothing_is_left(tmp_path: Path) -> None:
    files = LiveFiles(tmp_path / "live")
    files.folder.mkdir()
    (files.folder / "old-1.json").write_text(json.dumps(vars(Meter(calls=9))), "utf-8")
    heard: list[Meter] = []

    with added_up(files, heard.append):
        during = files.total()

    assert during == Meter()
    assert heard == [Meter()]
    assert not files.folder.exists()


def test_a_fault_of_the_work_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), added_up(LiveFiles(tmp_path / "live"), lambda meter: None):
        raise KeyboardInterrupt
