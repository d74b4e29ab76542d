"""Rows that stay where they are until somebody looks: in mapped files, or as a choice of others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import pyarrow as pa

from data.table import Row

BLOCK = 256
"""Rows that are made Python objects together."""


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

    def _row(self, at: int) -> Row:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_same, self, other))

    __hash__ = None  # type: ignore[assignment]  # they are compared by what they hold


class TableRows(LazyRows):
    """The rows of a table, which lies in mapped files as a rule."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._begin, self._held = 0, list[dict[str, Any]]()

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def _row(self, at: int) -> Row:
        if not self._begin <= at < self._begin + len(self._held):
            self._begin = at - at % BLOCK
            self._held = self.table.slice(self._begin, BLOCK).to_pylist()
        return self._held[at - self._begin]

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


def _same(one: Any, other: Any) -> bool:
    return bool(one == other)
