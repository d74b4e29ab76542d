"""Problems and traces in datasets of the Hub, by a pinned revision."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from data.errors import InputError
from data.inputs.formats.columns_there import check_columns
from data.inputs.mapping import Mapped, Replies
from data.inputs.record import Origin, Record
from data.spec import spec

HubId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?$")]
"""`owner/name`, as the Hub spells it."""

Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
"""A whole commit hash: branches and tags move, and the same run file would read other rows."""


@spec
class MappedDataset(Mapped):
    """A dataset of the Hub."""

    kind: Literal["hub"] = "hub"
    id: HubId
    config: str | None = None
    split: str
    revision: Commit

    @model_validator(mode="after")
    def _where_is_a_mapping(self) -> Self:
        if isinstance(self.where, str):
            raise ValueError(f"`where` takes columns and what they hold; there is the text {self.where!r}")
        return self


@spec
class HubProblems(MappedDataset):
    """Problems in a dataset of the Hub."""


@spec
class HubTraces(MappedDataset):
    """Chains of thought in a dataset of the Hub."""

    replies: Annotated[tuple[Replies, ...], Field(min_length=1)]
    """Where the replies lie."""


def load(source: HubProblems | HubTraces) -> Any:
    """Return the rows of a dataset: a sized, memory-mapped collection of mappings with `column_names`."""
    from datasets import load_dataset  # heavy: only where a dataset of the Hub is named

    # Code of the dataset's own is never run: this library has no way to any more (`trust_remote_code` is gone).
    return load_dataset(source.id, source.config, split=source.split, revision=source.revision)


def hub_origin(source: HubProblems | HubTraces) -> Origin:
    """Return what rows of this dataset are marked with."""
    name = f"hub:{source.id}@{source.revision}"
    return Origin(name, source.revision, name)


def hub_records(source: HubProblems | HubTraces, named: Sequence[str]) -> Iterator[Record]:
    """Yield the rows of a dataset, with the columns in `named`.

    Raises:
        InputError: the dataset cannot be read, or lacks a column.
    """
    origin = hub_origin(source)
    if Path(source.id).exists():
        raise InputError(f"{origin.shown}: a local folder bears this name and would be read instead; use `kind: file`")
    try:
        rows = load(source)
    except Exception as error:  # the client raises kinds of half a dozen libraries: network, id, config, split
        told = " ".join(str(error).split())[:500]
        raise InputError(f"{origin.shown}: the Hub did not give it: {type(error).__name__}: {told}") from error
    tops = check_columns(origin, named, rows.column_names)
    for number, values in enumerate(rows.select_columns(tops), start=1):
        yield Record(origin, "row", number, values)
