"""The request journal: every finished reply is on disk here before it is used.

SQLite in WAL mode, one file a worker, keyed by request. A worker takes the first file that no living worker holds and
reads all others too, so a restarted run finds what any earlier worker kept, however many there are now. Replies that
finish together are committed together by one writer thread; `put` returns when its reply is safe (fsync).
"""

import asyncio
import fcntl
import queue
import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import IO

from data.errors import ArtifactError

_SCHEMA = """CREATE TABLE IF NOT EXISTS replies
(key TEXT PRIMARY KEY, reply TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 1) WITHOUT ROWID"""
_KEEP = "INSERT INTO replies (key, reply) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET asked = asked + 1"
"""The first reply under a key stays; that it was asked for again is counted."""
_Entry = tuple[str, str, asyncio.Future[None], asyncio.AbstractEventLoop]


class JournalFile:
    """Keeps replies (as JSON text) by key; a context manager for use in one event loop."""

    def __init__(self, folder: Path, others: Sequence[Path] = ()) -> None:
        """Keep in `folder`; what the journals in the folders `others` have kept is found too."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._held = _claim(folder)
        there = (path for one in (*others, folder) for path in sorted(one.glob("*.sqlite")) if path != self._path)
        self._read = [_open_for_reading(path) for path in there]
        self._waiting: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._own = _open(self._path)
        self._read.append(_open_for_reading(self._path))
        self._writer = threading.Thread(target=self._write, name="journal", daemon=True)
        self._writer.start()

    async def get(self, key: str) -> str | None:
        """Return the reply kept under `key` by any worker; a look-up takes some 10 microseconds a file."""
        for database in reversed(self._read):
            found = database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            if found is not None:
                return str(found[0])
        return None

    async def put(self, key: str, reply: str) -> None:
        """Return when the reply is on disk.

        Raises:
            ArtifactError: it cannot be written (a full disk, say).
        """
        loop = asyncio.get_running_loop()
        safe: asyncio.Future[None] = loop.create_future()
        self._waiting.put((key, reply, safe, loop))
        await safe

    def close(self) -> None:
        """Commit what waits and close the files."""
        self._waiting.put(None)
        self._writer.join()
        for database in (self._own, *self._read):
            database.close()
        self._held.close()

    def _write(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            entries = [entry for entry in batch if entry is not None]
            fault = self._commit(entries)
            for _, _, safe, loop in entries:
                loop.call_soon_threadsafe(_settle, safe, fault)
            if len(entries) < len(batch):
                return

    def _commit(self, entries: list[_Entry]) -> Exception | None:
        try:
            with self._own:
                self._own.executemany(_KEEP, [(key, reply) for key, reply, _, _ in entries])
        except sqlite3.Error as error:
            return ArtifactError(f"{self._path}: a reply could not be kept: {error}; free some space and run again")
        return None


def journal_totals(folder: Path, *fields: str) -> list[float]:
    """Return the sums of number fields (of the JSON that was kept) over all replies in a folder."""
    sums = ", ".join("TOTAL(json_extract(reply, ?))" for _ in fields)
    totals = [0.0] * len(fields)
    for path in sorted(folder.glob("*.sqlite")):
        database = _open_for_reading(path)
        found = database.execute(f"SELECT {sums} FROM replies", [f"$.{name}" for name in fields]).fetchone()
        totals = [total + part for total, part in zip(totals, found, strict=True)]
        database.close()
    return totals


def asked_again(folder: Path) -> int:
    """Count the replies in a folder that were asked for although they were kept already; a build makes none."""
    keys: Counter[str] = Counter()
    for path in sorted(folder.glob("*.sqlite")):
        database = _open_for_reading(path)
        keys.update(dict(database.execute("SELECT key, asked FROM replies").fetchall()))
        database.close()
    return keys.total() - len(keys)


def _claim(folder: Path) -> tuple[Path, IO[str]]:
    """Return a journal file no living worker holds, and the lock that holds it until this process ends."""
    for number in count():
        lock = (folder / f"worker-{number}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        return folder / f"worker-{number}.sqlite", lock
    raise AssertionError("count() does not end")


def _settle(safe: asyncio.Future[None], fault: Exception | None) -> None:
    if safe.done():
        return
    if fault is None:
        safe.set_result(None)
    else:
        safe.set_exception(fault)


def _open(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, check_same_thread=False, timeout=30)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute(_SCHEMA)
        database.commit()
    except sqlite3.Error as error:
        raise ArtifactError(f"{path}: the request journal cannot be opened: {error}") from error
    return database


def _open_for_reading(path: Path) -> sqlite3.Connection:
    # Not opened read-only: a WAL file left by a killed worker has to be recovered first.
    return _open(path)
