"""Read a file as plain bytes, whatever it is compressed with, in bounded memory and to a bounded length.

gzip, bzip2 and xz are Python's own, zstandard is pyarrow's. What a file is compressed with is told by its first bytes:
servers unpack `.gz` on the way, and names lie.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa

from data.errors import InputError

HEAD_BYTES = 1 << 16
MAX_RATIO = 200
"""What unpacks to more than this many times the bytes read so far is refused; text packs about tenfold."""
SMALL_BYTES = 64 << 20
"""Up to this size no ratio is absurd."""
XZ_MEMORY = 256 << 20
"""What an xz dictionary may take; `xz -9` asks for 65 MiB."""

SUFFIXES = (".gz", ".gzip", ".zst", ".zstd", ".xz", ".bz2")
"""What a compressed file's name ends in; the format stands before it."""


class Source(Protocol):
    """What can be read and closed."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


def compression(head: bytes) -> str | None:
    """Return what a file with these first bytes is compressed with; None for plain ones."""
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5):
        return "zstandard"  # the second: a skippable frame, with which pzstd begins
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def plain_reader(source: Source, shown: str) -> BinaryIO:
    """Return the plain bytes of an open file; closing them closes the file.

    Reading raises `InputError` where the compressed bytes are damaged, or unpack to an absurd size.
    """
    counted = _Counted(source)
    packed: Any = io.BufferedReader(counted, HEAD_BYTES)  # the stubs take what it wraps for a part of its type
    kind = compression(packed.peek(8))
    if kind is None:
        return cast(BinaryIO, packed)
    unpacked: Any = _Unpacked(_READERS[kind](packed), counted, packed, f"{shown}: {kind}")
    return cast(BinaryIO, io.BufferedReader(unpacked, HEAD_BYTES))


class _Counted(io.RawIOBase):
    """Counts the bytes read from a file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the stubs know buffers as Any
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()


class _Unpacked(io.RawIOBase):
    """What a decompressor gives, as long as it stays in proportion to what it was given."""

    def __init__(self, source: Source, packed: _Counted, file: BinaryIO, shown: str) -> None:
        self._source = source
        self._packed = packed
        self._file = file
        self._shown = shown
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._source.read(len(buffer))
        except (EOFError, OSError, zlib.error, lzma.LZMAError, pa.ArrowException) as error:
            said = " ".join(str(error).split())[:200]
            raise InputError(f"{self._shown} data is damaged, {self._count:,} bytes could be read: {said}") from error
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > max(SMALL_BYTES, MAX_RATIO * self._packed.count):
            raise InputError(
                f"{self._shown} data: {self._packed.count:,} bytes unpack to {self._count:,} and more; this is refused "
                "as a decompression bomb: if it is none, unpack it first"
            )
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
            self._file.close()
        super().close()


class _Xz:
    """The streams of an xz file, one after another, with a limit on memory, which `lzma.open` has not."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder: lzma.LZMADecompressor | None = None
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while True:
            if self._decoder is None or self._decoder.eof:
                self._rest = self._decoder.unused_data if self._decoder else b""
                self._rest = (self._rest or self._file.read(HEAD_BYTES)).lstrip(b"\0")  # zeros pad streams
                if not self._rest:
                    return b""
                self._decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
            if self._decoder.needs_input and not self._rest:
                self._rest = self._file.read(HEAD_BYTES)
                if not self._rest:
                    raise EOFError("the file ends before its end mark")
            given, self._rest = self._rest, b""
            if data := self._decoder.decompress(given, size):
                return data

    def close(self) -> None:
        self._file.close()


def _zstandard(file: Any) -> Source:
    return pa.CompressedInputStream(pa.PythonFile(file, mode="r"), "zstd")


_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
_READERS: dict[str, Callable[[BinaryIO], Source]] = {
    "gzip": lambda file: gzip.GzipFile(fileobj=file, mode="rb"),
    "bzip2": lambda file: bz2.BZ2File(file),
    "xz": _Xz,
    "zstandard": _zstandard,
}
