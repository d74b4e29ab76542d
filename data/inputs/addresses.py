"""Files at an address that `fsspec` opens: `s3://`, `gs://`, `hf://`, `https://` and its kin.

Credentials come from the environment, as each store's own client reads them; an address that holds some is refused,
for run files are published with the datasets made from them.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from data.errors import InputError
from data.inputs.formats.compressed import Source
from data.spec import digest

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?:://|::)")
_SECRET = re.compile(r"(?i)signature|credential|secret|token|password|api.?key|access.?key|^sig$|^key$|^auth")
_CHECKSUMS = ("md5Hash", "content_md5", "Content-MD5", "crc32c", "ETag", "etag", "blob_id", "CRC")
"""What stores tell of a file's content, under the names that their clients give it, the surest first."""
_SIZES = ("compress_size", "size")
"""A member of an archive has a stored size of its own."""
REFUSED = {
    "reference": "its content would decide what is read",
    "generic": "it is no store of its own",
    "dir": "it is no store of its own",
}
CHUNK_BYTES = 1 << 20


def is_address(path: str) -> bool:
    """Tell whether this is an address, and no path on this disk."""
    return _ADDRESS.match(path) is not None


def shown(address: str) -> str:
    """Return an address as a person is shown it, without what may be a secret."""
    bare = re.sub(r"(?<=://)[^/@]*@", "...@", address)
    return re.sub(r"\?.*", "?...", bare) if bare.startswith(("http://", "https://")) else bare


class RemoteFile:
    """A file of a store."""

    path = None
    """It lies on no disk of this machine."""

    def __init__(self, system: Any, place: str, address: str, about: Mapping[str, Any]) -> None:
        self._system = system
        self._place = place
        self._about = about
        self.key = address
        self.shown = shown(address)
        self.name = urlsplit(address).path.rpartition("/")[2] if _is_web(address) else place.rpartition("/")[2]
        self.size: int | None = next((about[name] for name in _SIZES if isinstance(about.get(name), int)), None)

    def open(self) -> Source:
        """Open it for reading.

        Raises:
            InputError: the store does not give it.
        """
        return Guarded(self._opened(), self.shown)

    def open_seekable(self) -> Any:
        """Open it for reading at any place, as Parquet is read.

        Raises:
            InputError: the store gives no part of a file.
        """
        file = self._opened()
        try:
            file.seek(0, io.SEEK_END)
            file.seek(0)
        except Exception as error:
            told = f"{self.shown}: this server gives no parts of a file, which Parquet needs; download it"
            raise InputError(told) from error
        return Guarded(file, self.shown)

    def _opened(self) -> Any:
        try:
            return self._system.open(self._place, "rb")
        except Exception as error:  # every store's client raises kinds of its own
            raise InputError(_refusal(self.shown, error)) from error

    def content(self) -> str:
        """Return a digest of its content: by what the store tells of it, else by its bytes."""
        lfs = self._about.get("lfs")
        if lfs and isinstance(sha256 := getattr(lfs, "sha256", None), str):
            return sha256
        for name in _CHECKSUMS:
            said = self._about.get(name)
            if isinstance(said, int | str) and said and not str(said).startswith("W/"):  # a weak one tells no bytes
                return digest([name, said, self.size])
        hashed = hashlib.sha256()
        source = self.open()
        try:
            while chunk := source.read(CHUNK_BYTES):
                hashed.update(chunk)
        finally:
            source.close()
        return hashed.hexdigest()


class Guarded(io.RawIOBase):
    """Reads on, with whatever a store's client raises told as an error of its file."""

    def __init__(self, source: Any, shown: str) -> None:
        self._source = source
        self._shown = shown

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return int(self._source.seek(offset, whence))

    def tell(self) -> int:
        return int(self._source.tell())

    def read(self, size: int = -1, /) -> bytes:
        try:
            return bytes(self._source.read(size))
        except Exception as error:
            raise InputError(_refusal(self._shown, error)) from error

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()


def find_remote(address: str) -> Iterator[RemoteFile]:
    """Yield the files at an address, or those that match its pattern in the order of their names.

    Raises:
        InputError: nothing is there, a package is missing, the address holds a secret.
    """
    _refuse_secrets(address)
    system, place = _system(address)
    magic = "*[" if _is_web(address) else "*?["
    try:
        system.invalidate_cache()
        places = sorted(system.glob(place)) if any(letter in place for letter in magic) else [place]
        abouts = [(found, system.info(found)) for found in places]
    except Exception as error:
        raise InputError(_refusal(shown(address), error)) from error
    files = [(found, about) for found, about in abouts if about.get("type") != "directory"]
    if not abouts:
        raise InputError(f"{shown(address)}: no file matches this pattern")
    if len(places) == 1 and not files:
        raise InputError(f"{shown(address)}: this is a folder; name a file, or a pattern such as `.../*.parquet`")
    for found, about in files:
        yield RemoteFile(system, found, _full(address, found, places), about)


def _full(address: str, place: str, places: list[str]) -> str:
    if places == [place] and not any(letter in address for letter in "*["):
        return address
    return place if "://" in place else f"{address.partition('://')[0]}://{place.lstrip('/')}"


def _system(address: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs  # loads the client of a store: only where an address is named

    protocols = re.findall(r"([A-Za-z0-9+.-]+)(?:://|::)", address)
    for protocol in protocols:
        if protocol in REFUSED:
            raise InputError(f"{shown(address)}: `{protocol}` is not read: {REFUSED[protocol]}")
    try:
        system, place = url_to_fs(address)
    except ImportError as error:
        raise InputError(f"{shown(address)}: a package is missing: {' '.join(str(error).split())}") from error
    except ValueError as error:
        said = str(error) if "rotocol" in str(error) else _refusal("", error)
        known = "s3, gs, hf, https, az, memory and the others of fsspec are known"
        raise InputError(f"{shown(address)}: {said.strip(': ')}; {known}") from error
    except Exception as error:
        raise InputError(_refusal(shown(address), error)) from error
    return system, str(place)


def _refuse_secrets(address: str) -> None:
    parts = urlsplit(address.rpartition("::")[2])
    named = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True) if _SECRET.search(name)]
    if parts.password is not None or (parts.username and _is_web(address)):
        named = ["user and password"]
    if named:
        raise InputError(
            f"{shown(address)}: the address holds a secret ({', '.join(named)}), and run files are published; let the "
            "client of the store take it from the environment (AWS_ACCESS_KEY_ID, HF_TOKEN, "
            "GOOGLE_APPLICATION_CREDENTIALS ...), or download the file"
        )


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _refusal(named: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{named}: there is no such file"
    said = re.sub(r"(https?://[^\s?]+)\?\S*", r"\1?...", " ".join(str(error).split()))[:300]
    return f"{named}: cannot be read: {type(error).__name__}: {said}"
