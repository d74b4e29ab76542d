"""Tables made of a dataset version that lie beside it: read one config's rows, write one Parquet file a split."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data.dataset.manifest import Manifest, read_manifest
from data.dataset.shards import read_split
from data.dataset.verify import verify
from data.errors import InputError
from data.store import write_json


def config_rows(version: Path, config: str, columns: Sequence[str]) -> tuple[Manifest, dict[str, list[dict[str, Any]]]]:
    """Return the manifest of a version and the rows of one of its configs by split.

    Raises:
        InputError: the version is damaged, or lacks the config.
    """
    manifest = read_manifest(version)
    if config not in manifest.configs:
        raise InputError(f"{version}: no config {config!r}; there is {sorted(manifest.configs)}")
    if faults := verify(version):
        raise InputError(*faults)
    return manifest, {
        split: [row for table in read_split(version / config / split) for row in table.select(columns).to_pylist()]
        for split in sorted(manifest.configs[config])
    }


def write_beside(place: Path, tables: Mapping[str, pa.Table], counts: str, about: Mapping[str, Any]) -> Path:
    """Write a file for each split that has rows and then `counts`, in one move; what lies at `place` is replaced."""
    building = place.with_name(f".{place.name}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for split, table in tables.items():
        if table.num_rows:  # `datasets` cannot read a Parquet file without rows
            pq.write_table(table, building / f"{split}.parquet")
    write_json(building / counts, about)
    shutil.rmtree(place, ignore_errors=True)
    building.rename(place)
    return place
