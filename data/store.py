"""Artifacts: what a step made, as Parquet parts closed by a manifest.

A part is written under a temporary name, flushed to disk and renamed; the manifest is written last, so its presence
means complete. Nothing reads an artifact without one.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.disk import file_digest, sync
from data.errors import ArtifactError

USAGE = b"varicot.usage"
"""Key of a part's usage (calls, tokens, cost as JSON) in its Parquet metadata."""
MADE_FROM = b"varicot.made_from"
"""Key of the digests of the parts that a part was made from, by artifact, in its Parquet metadata."""


@dataclass(frozen=True)
class Artifact:
    """A folder of parts and their manifest."""

    folder: Path

    @property
    def manifest(self) -> dict[str, Any] | None:
        """Return the manifest, or None while the artifact is not complete."""
        path = self.folder / "manifest.json"
        return read_json(path) if path.is_file() else None

    def has(self, part: int) -> bool:
        """Tell whether this part is finished."""
        return self._path("part", part).is_file()

    def write(
        self,
        part: int,
        rows: pa.Table,
        rejected: pa.Table,
        usage: Mapping[str, float],
        made_from: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the rows of a part and those it rejected; both are there afterwards, or neither counts.

        `made_from` holds the digests of what the part was made from: when that changes, the part is made anew.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        _write_parquet(self._path("rejected", part), rejected)
        note = {
            USAGE: json.dumps(dict(usage), sort_keys=True).encode(),
            MADE_FROM: json.dumps(dict(made_from or {}), sort_keys=True).encode(),
        }
        _write_parquet(self._path("part", part), rows.replace_schema_metadata(note))

    def read(self, part: int, columns: list[str] | None = None) -> pa.Table:
        """Return the rows of a part; of `columns` only those that are there, None for all."""
        return _read_parquet(self._path("part", part), columns)

    def rejected(self, part: int, columns: list[str] | None = None) -> pa.Table:
        """Return the rows that left in a part, `dropped` telling why."""
        return _read_parquet(self._path("rejected", part), columns)

    def usage(self, part: int) -> dict[str, float]:
        """Return what a part has cost."""
        metadata = pq.read_schema(self._path("part", part)).metadata or {}
        return dict(json.loads(metadata.get(USAGE, b"{}")))

    def made_from(self, part: int) -> dict[str, str]:
        """Return the digests of what a part was made from, by artifact."""
        metadata = pq.read_schema(self._path("part", part)).metadata or {}
        return dict(json.loads(metadata.get(MADE_FROM, b"{}")))

    def remove(self, part: int) -> None:
        """Take a part away, so that it is made again."""
        self._path("part", part).unlink(missing_ok=True)
        self._path("rejected", part).unlink(missing_ok=True)

    def digests(self) -> dict[int, str]:
        """Return the digests of the parts of a complete artifact; none of one that is not."""
        manifest = self.manifest
        return {} if manifest is None else {int(part): digest for part, digest in manifest["parts"].items()}

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows of a complete artifact, part by part."""
        yield from (self.read(part) for part in self.listed())

    def rejects(self) -> Iterator[pa.Table]:
        """Yield the rejected rows of a complete artifact, part by part."""
        yield from (self.rejected(part) for part in self.listed())

    def close(self, about: Mapping[str, Any], parts: list[int]) -> None:
        """Write the manifest over these parts: from now on the artifact is complete.

        `about` must hold no time stamp: the same rows give the same manifest.
        """
        digests = {str(part): file_digest(self._path("part", part)) for part in parts}
        rejects = {str(part): file_digest(self._path("rejected", part)) for part in parts}
        write_json(self.folder / "manifest.json", {**about, "parts": digests, "rejected_parts": rejects})

    def reopen(self) -> None:
        """Take the manifest away, so that an artifact ended early can be gone on with."""
        (self.folder / "manifest.json").unlink(missing_ok=True)

    def clear(self) -> None:
        """Take everything away that a step without a manifest has left."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def parts(self) -> list[int]:
        """Return the numbers of the finished parts, complete artifact or not."""
        return sorted(int(path.stem.removeprefix("part-")) for path in self.folder.glob("part-*.parquet"))

    def listed(self) -> list[int]:
        """Return the numbers of the parts of a complete artifact.

        Raises:
            ArtifactError: it is not complete.
        """
        manifest = self.manifest
        if manifest is None:
            raise ArtifactError(f"{self.folder}: not complete (no manifest.json); build it first")
        return sorted(int(part) for part in manifest["parts"])

    def _path(self, kind: str, part: int) -> Path:
        return self.folder / f"{kind}-{part:06d}.parquet"


def write_json(path: Path, value: Any) -> None:
    """Write JSON all at once: a reader sees the old file or the new one, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with _replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def read_json(path: Path) -> Any:
    """Read JSON that we wrote.

    Raises:
        ArtifactError: the file is damaged.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ArtifactError(f"{path}: damaged ({error}); remove its folder and build again") from error


@contextmanager
def only_runner(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two runners never write to one store. It is freed when the process ends, however.

    Raises:
        ArtifactError: another runner holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArtifactError(f"{folder}: another build is writing here; wait for it or stop it") from None
        yield


def _write_parquet(path: Path, rows: pa.Table) -> None:
    with _replacing(path) as temporary:
        pq.write_table(rows, temporary, compression="zstd")


def _read_parquet(path: Path, columns: list[str] | None) -> pa.Table:
    try:
        there = set(pq.read_schema(path).names)
        wanted = None if columns is None else [name for name in columns if name in there]
        return pq.read_table(path, columns=wanted).replace_schema_metadata(None)
    except (OSError, pa.ArrowException) as error:
        raise ArtifactError(f"{path}: damaged or missing ({error}); remove its folder and build again") from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    yield temporary
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)
