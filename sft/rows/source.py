"""Reads the rows to learn from: a version, the newest one of a run, any folder `datasets` loads, or one on the Hub."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.columns import (
    ADDED_TOKENS,
    COMPLETION,
    CONTROL_KIND,
    CONTROL_VALUE,
    PROBLEM_ID,
    PROMPT,
    SEGMENTS,
    TEMPLATE_ARGS,
    TRACE_ID,
)
from data.dataset.digest import Digest, row_digests
from data.dataset.manifest import NAME, read_manifest
from data.dataset.newest import newest_version
from data.dataset.verify import verify
from data.errors import InputError
from data.table import Row
from sft.config import Rows
from sft.rows.lazy import TableRows

NEEDED = (TRACE_ID, PROBLEM_ID, PROMPT, COMPLETION, SEGMENTS, ADDED_TOKENS)
"""What every row to train has."""

SETTINGS = 64
"""More values of a control than these were measured, one a row, and are nothing that can be asked for."""

COMMIT = re.compile(r"[0-9a-f]{12,40}")


@dataclass(frozen=True)
class Source:
    """The rows, and what names them."""

    train: Sequence[Row]
    held_out: Sequence[Row]
    name: str
    version: str
    """Version of a dataset of ours, commit of one on the Hub, else the beginning of `digest`."""
    digest: str
    """Of the whole version, or of the rows and columns that were read."""
    controls: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """The values of each kind of control among the rows to train: what the trained model may be asked for."""
    added_tokens: Sequence[str] = ()
    """Every token that rows ask for."""


def read(rows: Rows, more: Sequence[pa.Field] = (), *, watched: bool = False, verified: bool = False) -> Source:
    """Return the rows of a dataset with the columns that training needs.

    Args:
        rows: which dataset, config and splits.
        more: further columns that the schedule reads.
        watched: whether a held-out split must be there.
        verified: whether the files were seen to be whole, so that they are not read for that.

    Raises:
        InputError: with everything that is wrong: dataset, splits, columns, types, no rows.
    """
    rows = replace(rows, path=str(newest_version(Path(rows.path))))
    splits = _load(rows, verified)
    fields = (*NEEDED, *(field for field in more if field not in NEEDED))
    wanted = {rows.split: True} | ({rows.held_out: watched} if rows.held_out else {})
    faults = [fault for name, must in wanted.items() for fault in _faults(rows, splits, name, must, fields)]
    if faults:
        raise InputError(*faults)
    tables = {name: _table(splits[name], fields) for name in wanted if name in splits}
    name, version, digest = _names(rows, tables)
    held_out = TableRows(tables[rows.held_out]) if rows.held_out in tables else []
    train, added = TableRows(tables[rows.split]), _added(tables.values())
    return Source(train, held_out, name, version, digest, _controls(splits[rows.split]), added)


def _added(tables: Iterable[pa.Table]) -> list[str]:
    """Return every token that rows ask for, each once, in the order of the alphabet."""
    columns = (table.column(ADDED_TOKENS.name) for table in tables)
    return sorted({str(token) for column in columns for token in pc.list_flatten(column).unique().to_pylist()})


def _controls(split: Any) -> dict[str, list[float]]:
    """Return the values of each kind of control, in order; nothing where the rows do not tell."""
    if not {CONTROL_KIND.name, CONTROL_VALUE.name} <= set(split.column_names):
        return {}
    table = split.select_columns([CONTROL_KIND.name, CONTROL_VALUE.name]).with_format("arrow")[:]
    pairs = {(row[CONTROL_KIND.name], row[CONTROL_VALUE.name]) for row in table.to_pylist()}
    known = sorted((kind, value) for kind, value in pairs if kind is not None and value is not None)
    found = {kind: [value for other, value in known if other == kind] for kind, _ in known}
    return {kind: values for kind, values in found.items() if len(values) <= SETTINGS}


def _load(rows: Rows, verified: bool) -> Mapping[str, Any]:
    folder = Path(rows.path)
    if (folder / NAME).is_file():
        return _load_version(folder, rows.config, verified)
    if not folder.is_dir() and not COMMIT.fullmatch(rows.revision or ""):
        raise InputError(
            f"dataset {rows.path!r}: no such folder, so it is taken for one on the Hub, and `revision` is "
            f"{rows.revision!r}; give a commit or a version tag, since a branch moves"
        )
    # Heavy, and only where something is trained.
    from datasets import load_dataset, load_from_disk

    try:
        if (folder / "dataset_dict.json").is_file():
            return dict(load_from_disk(str(folder)))
        return dict(load_dataset(rows.path, rows.config, revision=None if folder.is_dir() else rows.revision))
    except Exception as error:  # the client raises kinds of half a dozen libraries: network, id, config, files
        told = " ".join(str(error).split())[:500]
        raise InputError(f"dataset {rows.path!r}, config {rows.config!r}: {type(error).__name__}: {told}") from error


def _load_version(folder: Path, config: str | None, verified: bool) -> Mapping[str, Any]:
    manifest = read_manifest(folder)
    filled = sorted(name for name in manifest.configs if manifest.rows(name))
    if config not in filled:
        raise InputError(f"{folder}: no rows in config {config!r}; there is {filled}")
    if not verified and (faults := verify(folder)):
        raise InputError(*faults)
    from datasets import load_from_disk

    return dict(load_from_disk(str(folder / str(config))))


def _faults(rows: Rows, splits: Mapping[str, Any], name: str, must: bool, fields: Sequence[pa.Field]) -> Iterator[str]:
    where = f"dataset {rows.path!r}, config {rows.config!r}"
    if name not in splits:
        if must:
            yield f"{where}: no split {name!r}; there is {sorted(splits)}"
        return
    if must and not len(splits[name]):
        yield f"{where}, split {name!r}: no rows, so nothing to train"
    there = splits[name].features.arrow_schema
    for wanted in fields:
        if wanted.name not in there.names:
            yield f"{where}, split {name!r}: no column {wanted.name!r} ({wanted.type})"
        elif not _fits(there.field(wanted.name).type, wanted.type):
            yield f"{where}, split {name!r}: {wanted.name!r} is {there.field(wanted.name).type}, not {wanted.type}"


def _fits(there: pa.DataType, wanted: pa.DataType) -> bool:
    try:
        pa.schema([("it", there)]).empty_table().cast(pa.schema([("it", wanted)]))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return False
    return bool(pa.types.is_nested(there) == pa.types.is_nested(wanted)) or pa.types.is_null(there)


def _table(split: Any, fields: Sequence[pa.Field]) -> pa.Table:
    # What the chat template was called with when the rows were sampled; datasets of others have no such column.
    fields = (*fields, *(field for field in (TEMPLATE_ARGS,) if field.name in split.column_names))
    table: pa.Table = split.select_columns([field.name for field in fields]).with_format("arrow")[:]
    return table.select([field.name for field in fields]).cast(pa.schema(list(fields)))


def _names(rows: Rows, tables: Mapping[str, pa.Table]) -> tuple[str, str, str]:
    folder = Path(rows.path)
    if (folder / NAME).is_file():
        manifest = read_manifest(folder)
        return manifest.name, manifest.version, manifest.digest
    digest = Digest(next(iter(tables.values())).schema)
    for table in tables.values():
        digest.update(row_digests(table))
    found = digest.hexdigest()
    return (folder.name, found[:12], found) if folder.is_dir() else (rows.path, str(rows.revision), found)
