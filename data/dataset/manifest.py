"""The manifest of a dataset version: what is in it, its digests, and how it was made. Its presence means complete."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field, TypeAdapter

from data.dataset.about import About
from data.dataset.digest import describe
from data.dataset.lengths import Lengths
from data.dataset.splits import Splits
from data.errors import ArtifactError, ConfigError
from data.spec import digest, parse, spec

NAME = "manifest.json"
MIX = "mix"
"""The config that holds the rows of all others."""

REJECTED = "rejected"
"""The folder of rows that left, each with its reason."""

Count = Annotated[int, Field(ge=0)]


@spec
class Column:
    """A column of the rows."""

    name: str
    type: str
    meaning: str


@spec
class Split:
    """A split of a config."""

    rows: Count
    problems: Count
    digest: str
    """Digest of its rows in order (`data/dataset/digest.py` says of what)."""


@spec
class Rejected:
    """The rows that left."""

    rows: Count
    digest: str
    reasons: dict[str, dict[str, Count]]
    """How many left by method and reason; the method is `none` for those that left before any."""


@spec
class Manifest:
    """All that a version says of itself. `version` and `digest` follow from the rows of the configs alone."""

    format: Literal[1, 2] = 2
    """2 since splits follow questions; a version of format 1 is read, and cannot be verified."""
    name: str
    version: str
    digest: str
    columns: tuple[Column, ...]
    splits: Splits
    configs: dict[str, dict[str, Split]]
    """By config and split; `mix` holds the rows of all other configs."""

    lengths: dict[str, Lengths]
    """By config: lengths of the chosen chains of thought."""

    rejected: Rejected
    about: About

    def rows(self, config: str) -> int:
        """Return the rows of a config."""
        return sum(split.rows for split in self.configs[config].values())

    def problems(self, config: str) -> int:
        """Return the problems that have a row in a config; no problem is in two splits."""
        return sum(split.problems for split in self.configs[config].values())


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """Return a schema as the manifest tells it."""
    return tuple(Column(**column) for column in describe(schema))


def digest_of(columns: tuple[Column, ...], configs: dict[str, dict[str, Split]]) -> str:
    """Return the digest of a whole dataset from those of its splits."""
    schema = [{"name": column.name, "type": column.type, "meaning": column.meaning} for column in columns]
    parts = {
        name: {split: {"rows": found.rows, "digest": found.digest} for split, found in splits.items()}
        for name, splits in configs.items()
    }
    return digest({"columns": schema, "configs": parts})


def as_json(manifest: Manifest) -> Any:
    """Return the manifest as JSON types."""
    return TypeAdapter(Manifest).dump_python(manifest, mode="json")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a dataset version.

    Raises:
        ArtifactError: there is none (the version is not complete), or it cannot be read.
    """
    path = folder / NAME
    if not path.is_file():
        raise ArtifactError(f"{folder}: no {NAME}, so no complete dataset; build it (again)")
    try:
        return parse(Manifest, path.read_text("utf-8"), where=str(path))
    except UnicodeDecodeError as error:
        raise ArtifactError(f"{path}: damaged: not UTF-8 at byte {error.start}; build the dataset again") from error
    except ConfigError as error:
        raise ArtifactError(*(f"{fault}; build the dataset again" for fault in error.faults)) from error
