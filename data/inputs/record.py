"""One row as a source holds it, and what can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Origin:
    """The file, dataset or task a row comes from."""

    name: str
    """What is written to rows: it holds no path of this machine."""
    digest: str
    """The SHA-256 of a file's bytes; the revision of a dataset."""
    shown: str
    """What a person is shown in an error: the path as it was given."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row."""

    reason: str
    """Short, lower-case, countable: `missing_gold`."""
    column: str | None
    """The column as the mapping names it; None where the row as a whole is wrong."""
    detail: str
    """What there is and how to fix it."""


class BadRow(Exception):
    """A row that cannot be used: `faults` holds all that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.detail for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Record:
    """One row as the source holds it."""

    origin: Origin
    unit: str
    """What `number` counts: `line` or `row`."""
    number: int
    """From 1."""
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    """What was wrong already when it was read; `values` is empty then."""
    left_out: str | None = None
    """Why the run file does not want it; None where it does."""

    @property
    def place(self) -> str:
        """Where a person finds it in its source."""
        return f"{self.unit} {self.number:,}"
