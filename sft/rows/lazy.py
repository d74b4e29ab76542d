"""Rows that stay where they are until somebody looks: in mapped files, or as a choice of others."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import pyarrow as pa

from data.table import Row

BLOCK = 256
"""Rows that are made Python objects together where all are read in their order."""


class LazyRows(Sequence[Row]):
    """Rows by number; an iteration holds one block of them."""

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return Picked(self, range(*at.indices(len(self))))
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._row(at % len(self))

    @abstractmethod
    def _row(self, at: int) -> Row:
        """Return a row by its number from the front."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(self) != len(other):
            return False
        return all(one == another for one, another in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # they are compared by what they hold


class TableRows(LazyRows):
    """The rows of a table, which lies in mapped files as a rule."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def _row(self, at: int) -> Row:
        # Alone: rows that are picked in any order would each make a whole block Python objects.
        return dict(self.table.slice(at, 1).to_pylist()[0])

    def __iter__(self) -> Iterator[Row]:
        for begin in range(0, len(self), BLOCK):
            yield from self.table.slice(begin, BLOCK).to_pylist()


@dataclass(frozen=True, eq=False)
class Picked(LazyRows):
    """Some of other rows, in an order of their own, each changed on its way."""

    of: Sequence[Row]
    numbers: Sequence[int]
    change: Callable[[int, Row], Row] | None = None
    """Given the number of a row among the others and the row, returns it changed."""

    def __len__(self) -> int:
        return len(self.numbers)

    def _row(self, at: int) -> Row:
        number = self.numbers[at]
        row = self.of[number]
        return row if self.change is None else self.change(number, row)


def changed(rows: Sequence[Row], change: Callable[[int, Row], Row]) -> Picked:
    """Return all rows, each changed when it is looked at."""
    return Picked(rows, range(len(rows)), change)
