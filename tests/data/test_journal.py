import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import ArtifactError
from data.journal import JournalFile, asked_again, journal_totals

KEPT_THEN_KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from data.journal import JournalFile

async def main():
    journal = JournalFile(Path(sys.argv[1]))
    await asyncio.gather(*(journal.put(f"k{n}", f"reply {n}") for n in range(50)))
    print("kept", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_returns_what_was_put(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path)
    await journal.put("a", "reply")

    assert await journal.get("a") == "reply"
    assert await journal.get("b") is None
    journal.close()


async def test_the_first_reply_under_a_key_stays(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path)
    await journal.put("a", "first")
    await journal.put("a", "second")

    assert await journal.get("a") == "first"
    journal.close()


async def test_a_reply_asked_for_again_is_counted_in_one_file_and_over_files(tmp_path: Path) -> None:
    one, two = JournalFile(tmp_path), JournalFile(tmp_path)
    await asyncio.gather(one.put("a", "x"), one.put("b", "x"))
    await asyncio.gather(one.put("a", "x"), two.put("b", "x"))
    one.close()
    two.close()

    assert asked_again(tmp_path) == 2


async def test_totals_are_summed_over_files(tmp_path: Path) -> None:
    one, two = JournalFile(tmp_path), JournalFile(tmp_path)
    await asyncio.gather(one.put("a", '{"tokens": 3, "cost": 0.5}'), two.put("b", '{"tokens": 4, "cost": 0.25}'))
    one.close()
    two.close()

    assert journal_totals(tmp_path, "tokens", "cost") == [7, 0.75]


async def test_two_workers_take_two_files_and_read_each_other_after_a_restart(tmp_path: Path) -> None:
    one, two = JournalFile(tmp_path), JournalFile(tmp_path)
    await asyncio.gather(one.put("a", "by one"), two.put("b", "by two"))
    one.close()
    two.close()
    again = JournalFile(tmp_path)

    assert [await again.get(key) for key in "ab"] == ["by one", "by two"]
    assert len(list(tmp_path.glob("*.sqlite"))) == 2
    again.close()


async def test_what_was_put_survives_sigkill(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KEPT_THEN_KILLED, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=False,
    )
    journal = JournalFile(tmp_path)

    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout.strip() == "kept"
    assert [await journal.get(f"k{n}") for n in range(50)] == [f"reply {n}" for n in range(50)]
    journal.close()


async def test_a_torn_write_ahead_log_loses_only_its_torn_tail(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path)
    await journal.put("a", "whole")
    wal = tmp_path / "worker-0.sqlite-wal"
    copied = tmp_path / "copy"
    copied.mkdir()
    for path in tmp_path.glob("worker-0.sqlite*"):
        (copied / path.name).write_bytes(path.read_bytes())
    journal.close()
    with (copied / wal.name).open("ab") as torn:
        torn.write(b"\x00garbage" * 100)
    again = JournalFile(copied)

    assert await again.get("a") == "whole"
    again.close()


async def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path)
    other = sqlite3.connect(tmp_path / "worker-0.sqlite")
    other.execute("DROP TABLE replies")
    other.commit()
    other.close()

    with pytest.raises(ArtifactError, match="could not be kept"):
        await journal.put("a", "reply")
    journal.close()
