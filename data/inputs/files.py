"""Find the files a source names, on this disk or at an address, and open them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from data.disk import file_digest
from data.errors import InputError
from data.inputs.addresses import RemoteFile, find_remote, is_address, shown
from data.inputs.formats.compressed import Source, compression, plain_reader
from data.inputs.record import Origin

MAGIC = "*?["
FOREIGN = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\xff\xfe": "UTF-16; write it as UTF-8",
    b"\xfe\xff": "UTF-16; write it as UTF-8",
}
TAR = slice(257, 262)
"""Where `ustar` stands in a tar archive."""


class LocalFile:
    """A file on this disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = self.key = str(path)
        self.name = path.name

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.path.stat().st_size

    def open(self) -> Source:
        """Open it for reading."""
        return self.path.open("rb")

    def open_seekable(self) -> Any:
        """Open it for reading at any place."""
        return self.path.open("rb")

    def content(self) -> str:
        """Return the SHA-256 of its bytes."""
        stat = self.path.stat()
        return _digest(self.path, stat.st_size, stat.st_mtime_ns)


File = LocalFile | RemoteFile


def find_files(path: str | Sequence[str]) -> list[File]:
    """Return the files that are named, each once: patterns in the order of their names.

    Raises:
        InputError: with everything that is no readable, non-empty file.
    """
    files: dict[str, File] = {}
    faults: list[str] = []
    for named in [path] if isinstance(path, str) else path:
        try:
            for file in _matches(named):
                if files.setdefault(file.key, file) is file and (fault := _file_fault(file)):
                    faults.append(fault)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(*faults[:20], *[f"and {len(faults) - 20:,} more files"] * (len(faults) > 20))
    return list(files.values())


def file_origin(file: File) -> Origin:
    """Return what rows of this file are marked with: its name and digest, never where it lies."""
    content = file.content()
    name = "".join(letter if letter.isprintable() else "?" for letter in file.name)
    return Origin(f"{name}@{content[:12]}", content, file.shown)


def open_plain(file: File) -> BinaryIO:
    """Open a file for reading, unpacked if it is compressed."""
    return plain_reader(file.open(), file.shown)


def refuse_foreign(file: File, head: bytes) -> None:
    """Refuse a file that begins, once it is unpacked, like something that is no text.

    Raises:
        InputError: it is an archive, compressed twice, UTF-16 or Parquet.
    """
    for signature, what in FOREIGN.items():
        if head.startswith(signature):
            raise InputError(f"{file.shown}: this is {what}")
    if head[TAR] == b"ustar":
        raise InputError(f"{file.shown}: this is a tar archive; unpack it first")
    if kind := compression(head):
        raise InputError(f"{file.shown}: this is {kind} inside of a compressed file; unpack it first")
    if head.startswith(b"PAR1"):
        raise InputError(f"{file.shown}: this is Parquet; set `format: parquet`")


@lru_cache(maxsize=4096)
def _digest(path: Path, size: int, changed_ns: int) -> str:
    """Read a file's digest once, as long as its size and time of change stay."""
    return file_digest(path)


def _matches(named: str) -> Iterator[File]:
    """Yield the path itself if it has no pattern in it, or is there under that very name."""
    if is_address(named) and not named.startswith(("file://", "local://")):
        yield from find_remote(named)
        return
    path = Path(named.partition("://")[2] if is_address(named) else named).expanduser()
    places = [place for place, part in enumerate(path.parts) if any(letter in part for letter in MAGIC)]
    if not places or path.exists():
        yield LocalFile(path)
        return
    pattern = "/".join(path.parts[places[0] :])
    files = sorted(file for file in Path(*path.parts[: places[0]]).glob(pattern) if file.is_file())
    if not files:
        raise InputError(f"{shown(named)}: no file matches this pattern")
    yield from map(LocalFile, files)


def _file_fault(file: File) -> str | None:
    if isinstance(file, RemoteFile):
        return f"{file.shown}: the file is empty" if file.size == 0 else None
    path = file.path
    try:
        if path.is_dir():
            return f"{path}: this is a folder; name a file, or a pattern such as {path / '*.jsonl'}"
        if not path.is_file():
            return f"{path}: there is no such file"
        with path.open("rb") as opened:
            return None if opened.read(1) else f"{path}: the file is empty"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return f"{str(path)!r}: cannot be read: {error}"
