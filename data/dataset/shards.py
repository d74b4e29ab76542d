"""Writes a split as Arrow stream shards that `load_from_disk`, `load_dataset` and pyarrow all read.

What `datasets` wants beside them (`state.json`, `dataset_info.json`) is written without its random fingerprints.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from data.errors import ArtifactError

SHARD_BYTES = 512 << 20
"""A shard is closed once it is this large."""

BATCH_ROWS = 1000
"""Rows of a record batch, whatever came in: the same rows make the same bytes."""


class SplitWriter:
    """Writes one split: first `add`, then `close`."""

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._schema = with_features(schema)
        self._held = pa.table({})
        self._shards: list[str] = []
        self._open_shard()

    def add(self, rows: pa.Table) -> None:
        """Take in the next rows."""
        held = pa.concat_tables([self._held, rows]) if self._held.num_rows else rows
        whole = held.num_rows - held.num_rows % BATCH_ROWS
        for batch in rechunked(held.slice(0, whole), BATCH_ROWS):
            self._write(batch)
        self._held = held.slice(whole)

    def close(self, digest: str) -> None:
        """Write what is held and say to `datasets` what there is; `digest` of the rows is the fingerprint."""
        if self._held.num_rows:
            self._write(self._held)
        self._close_shard()
        write_text(self._folder / "dataset_info.json", _dump(_info(self._schema)))
        write_text(self._folder / "state.json", state_text(self._shards, digest, self._folder.name))

    def _write(self, rows: pa.Table) -> None:
        if self._file.tell() >= SHARD_BYTES:
            self._close_shard()
            self._open_shard()
        batch = rows.combine_chunks().replace_schema_metadata(self._schema.metadata)
        self._stream.write_table(batch)

    def _open_shard(self) -> None:
        name = f"data-{len(self._shards):05d}.arrow"
        self._shards.append(name)
        self._file = pa.OSFile(str(self._folder / name), "wb")
        self._stream = pa.ipc.new_stream(self._file, self._schema)

    def _close_shard(self) -> None:
        self._stream.close()
        self._file.close()


def index_text(splits: Iterable[str]) -> str:
    """Return `dataset_dict.json`, which makes a folder of splits a saved `DatasetDict`."""
    return _dump({"splits": list(splits)})


def state_text(shards: Iterable[str], digest: str, split: str) -> str:
    """Return `state.json`, which makes a folder of shards a saved `Dataset`."""
    state: dict[str, Any] = {
        "_data_files": [{"filename": name} for name in shards],
        "_fingerprint": digest[:16],
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": split,
    }
    return _dump(state)


def read_split(folder: Path) -> Iterator[pa.Table]:
    """Yield the rows of a split batch by batch, each checked whole.

    Raises:
        ArtifactError: a shard is damaged.
    """
    for shard in sorted(folder.glob("data-*.arrow")):
        try:
            with pa.memory_map(str(shard)) as file:
                for batch in pa.ipc.open_stream(file):
                    batch.validate(full=True)
                    yield pa.Table.from_batches([batch])
        except (OSError, pa.ArrowException) as error:
            raise ArtifactError(f"{shard}: damaged ({error}); build the dataset again") from error


def rechunked(rows: pa.Table, size: int) -> Iterator[pa.Table]:
    """Yield the rows in tables of `size`, the last perhaps smaller."""
    for start in range(0, rows.num_rows, size):
        yield rows.slice(start, size)


def with_features(schema: pa.Schema) -> pa.Schema:
    """Return the schema with the note by which `datasets` knows its features."""
    # `datasets` takes a second to import, and only those who write pay for it.
    from datasets import Features

    noted = Features.from_arrow_schema(schema).arrow_schema
    return schema.with_metadata(noted.metadata)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text; a lone surrogate becomes `?`."""
    path.write_bytes(text.encode("utf-8", "replace"))


def _info(schema: pa.Schema) -> Mapping[str, Any]:
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    return {"citation": "", "description": "", "features": features, "homepage": "", "license": ""}


def _dump(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2) + "\n"
