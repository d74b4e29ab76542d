"""A stage: a pure step from table to table, with the columns it reads and writes declared."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pyarrow as pa


class Stage(ABC):
    """A step from rows to rows whose fields are its whole configuration; make one with `@spec`.

    A stage reads the columns it declares, keeps every other, takes zero rows, never mutates, and marks a row it
    cannot use with `data.table.drop`. It may return more or fewer rows, those of a problem side by side: the runner
    never splits the rows of a problem over two calls.
    """

    reads: ClassVar[Sequence[pa.Field]] = ()
    """Columns that must be there."""

    writes: ClassVar[Sequence[pa.Field]] = ()
    """Columns that are there afterwards."""

    @property
    def gpus(self) -> int:
        """Return the GPUs it takes."""
        return 0

    @property
    def likes_a_gpu(self) -> bool:
        """Tell whether it takes a GPU where there is one, and does without where there is none."""
        return False

    def uses(self) -> Mapping[str, str]:
        """Return what it uses beyond its fields, by role, with revision: weights above all; part of its identity.

        Raises:
            VaricotError: there is no such thing.
        """
        return {}

    @abstractmethod
    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the rows with this step done."""
