"""Checks that a dataset version is what its manifest says: reads every row again and names what is wrong."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from data.columns import PROBLEM_ID, QUESTION
from data.dataset.digest import Digest, row_digests
from data.dataset.manifest import (
    MIX,
    NAME,
    REJECTED,
    Column,
    Manifest,
    Rejected,
    Split,
    columns_of,
    digest_of,
    read_manifest,
)
from data.dataset.rejected import FILE, count_reasons, nested, read_rejected
from data.dataset.shards import read_split, state_text
from data.dataset.splits import Splits, split_of
from data.errors import ArtifactError
from data.table import values


@dataclass
class _Found:
    """What the rows of a split turn out to be."""

    rows: int = 0
    digest: str = ""
    columns: tuple[Column, ...] = ()
    problems: set[str] = field(default_factory=set)
    strays: set[str] = field(default_factory=set)
    """Problems whose question belongs in another split."""
    total: int = 0
    """Sum of the row digests as numbers: alike for the same rows in any order."""


def verify(folder: Path) -> list[str]:
    """Return every fault of a dataset version, each naming the file or folder; none if it is sound."""
    try:
        manifest = read_manifest(folder)
    except ArtifactError as error:
        return list(error.faults)
    if manifest.format == 1:
        return [
            f"{folder}: made by an earlier varicot (format 1), whose splits followed problem ids and whose columns "
            "were others; build the run again for a version that can be checked, trained on and pushed"
        ]
    faults = list(_sums(folder, manifest))
    totals: Counter[str] = Counter()
    for config, splits in manifest.configs.items():
        faults += _index_faults(folder / config / "dataset_dict.json", splits)
        for name, split in splits.items():
            try:
                found = _read(folder / config / name, manifest.splits)
            except ArtifactError as error:
                faults += error.faults
                continue
            totals[MIX if config == MIX else "configs"] += found.total
            faults += _split_faults(f"{folder / config / name}", split, found, manifest)
            faults += _state_faults(folder / config / name, split)
            faults += _dealt_wrong(f"{folder / config / name}", found)
    if not faults and totals[MIX] != totals["configs"]:
        faults.append(f"{folder / MIX}: its rows are not those of the other configs together")
    return faults + list(_rejected_faults(folder / REJECTED, manifest.rejected)) + list(_strangers(folder, manifest))


def _sums(folder: Path, manifest: Manifest) -> Iterator[str]:
    where = folder / NAME
    if digest_of(manifest.columns, manifest.configs) != manifest.digest:
        yield f"{where}: the digest does not follow from those of the splits"
    if manifest.digest[:12] != manifest.version:
        yield f"{where}: version {manifest.version} is not the beginning of the digest {manifest.digest}"
    rows = sum(manifest.rows(name) for name in manifest.configs if name != MIX)
    if MIX in manifest.configs and manifest.rows(MIX) != rows:
        yield f"{where}: {MIX} has {manifest.rows(MIX):,} rows, the other configs together {rows:,}"
    counted = sum(sum(reasons.values()) for reasons in manifest.rejected.reasons.values())
    if counted != manifest.rejected.rows:
        yield f"{where}: {manifest.rejected.rows:,} rejected rows, but {counted:,} by reason"
    if not (folder / "README.md").is_file():
        yield f"{folder / 'README.md'}: missing"


def _read(split: Path, splits: Splits) -> _Found:
    found = _Found()
    digest: Digest | None = None
    for rows in read_split(split):
        digest = digest or Digest(rows.schema)
        hashed = row_digests(rows)
        digest.update(hashed)
        found.total += sum(map(int.from_bytes, hashed))
        problems = dict(zip(values(rows, PROBLEM_ID), values(rows, QUESTION), strict=True))
        found.problems |= set(problems)
        found.strays |= {name for name, question in problems.items() if split_of(question, splits) != split.name}
        found.columns = columns_of(rows.schema)
    if digest is not None:
        found.rows, found.digest = digest.rows, digest.hexdigest()
    return found


def _split_faults(where: str, split: Split, found: _Found, manifest: Manifest) -> Iterator[str]:
    if found.rows != split.rows:
        yield f"{where}: {found.rows:,} rows, {split.rows:,} in the manifest"
    elif split.rows and found.digest != split.digest:
        yield f"{where}: the rows are not those of the manifest (digest {found.digest}, there {split.digest})"
    if len(found.problems) != split.problems:
        yield f"{where}: {len(found.problems):,} problems, {split.problems:,} in the manifest"
    if found.rows and found.columns != manifest.columns:
        yield f"{where}: the columns are not those of the manifest"


def _index_faults(index: Path, splits: Mapping[str, Split]) -> Iterator[str]:
    filled = {name for name, split in splits.items() if split.rows}
    if filled and not index.is_file():
        yield f"{index}: missing"
    elif filled and _named_in(index) != filled:
        yield f"{index}: does not name the splits {', '.join(sorted(filled))}"


def _named_in(index: Path) -> set[str]:
    try:
        return set(json.loads(index.read_bytes())["splits"])
    except (ValueError, KeyError, TypeError):
        return set()


def _state_faults(folder: Path, split: Split) -> Iterator[str]:
    state, shards = folder / "state.json", sorted(path.name for path in folder.glob("data-*.arrow"))
    lost = [path for path in (state, folder / "dataset_info.json") if split.rows and not path.is_file()]
    yield from (f"{path}: missing" for path in lost)
    if split.rows and not lost and state.read_text("utf-8", "replace") != state_text(shards, split.digest, folder.name):
        yield f"{state}: does not name the shards that are there"


def _dealt_wrong(where: str, found: _Found) -> Iterator[str]:
    if found.strays:
        yield f"{where}: {len(found.strays):,} problems belong in another split, the first {min(found.strays)!r}"


def _rejected_faults(folder: Path, rejected: Rejected) -> Iterator[str]:
    digest: Digest | None = None
    reasons: Counter[tuple[str, str]] = Counter()
    try:
        for rows in read_rejected(folder):
            digest = digest or Digest(rows.schema)
            digest.update(row_digests(rows))
            reasons += count_reasons(rows)
    except (OSError, pa.ArrowException, ArtifactError) as error:
        yield f"{folder / FILE}: damaged or missing ({error})"
        return
    if (digest.rows if digest else 0) != rejected.rows:
        yield f"{folder / FILE}: {digest.rows if digest else 0:,} rows, {rejected.rows:,} in the manifest"
    elif digest and digest.hexdigest() != rejected.digest:
        yield f"{folder / FILE}: the rows are not those of the manifest"
    if nested(reasons) != rejected.reasons:
        yield f"{folder / FILE}: the reasons are not those of the manifest"


def _strangers(folder: Path, manifest: Manifest) -> Iterator[str]:
    """Name what is no part of the dataset; hidden files are let be, for tools leave some in what they download."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_symlink():
            yield f"{path}: a symbolic link; a dataset holds files only"
        elif path.is_file() and not parts[0].startswith(".") and not _is_ours(parts, manifest.configs):
            yield f"{path}: not part of the dataset; move it away"


def _is_ours(parts: tuple[str, ...], configs: Mapping[str, Mapping[str, Split]]) -> bool:
    match parts:
        case ("README.md" | "manifest.json",) | ("rejected", "rejected.parquet"):
            return True
        case (config, "dataset_dict.json"):
            return config in configs
        case (config, split, "state.json" | "dataset_info.json"):
            return split in configs.get(config, {})
        case (config, split, shard):
            return split in configs.get(config, {}) and shard.startswith("data-") and shard.endswith(".arrow")
    return False
