"""Tell a problem that was there before."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from data.columns import QUESTION
from data.inputs.mapping import ProblemColumns
from data.inputs.record import BadRow, Fault, Record
from data.inputs.rows.problem_row import word


class Duplicates:
    """The questions and ids seen so far: about 200 bytes each (185 measured) in memory, whatever their length."""

    def __init__(self) -> None:
        self._places: dict[bytes, tuple[int, int]] = {}
        self._origins: dict[str, int] = {}

    def check(self, record: Record, row: Mapping[str, Any], columns: ProblemColumns) -> None:
        """Note the problem of a row.

        Raises:
            BadRow: `duplicate_id`, naming the row that had its question or its id before.
        """
        own = word(record, columns.id)
        faults = self._same(record, "question", columns.question, row[QUESTION.name])
        if own is not None:
            faults += self._same(record, "id", columns.id, own)
        if faults:
            raise BadRow(*faults)

    def _same(self, record: Record, what: str, column: str | None, text: str) -> list[Fault]:
        origin = self._origins.setdefault(record.origin.name, len(self._origins))
        key = blake2b(f"{what} {text}".encode(), digest_size=12).digest()
        before, number = self._places.setdefault(key, (origin, record.number))
        if (before, number) == (origin, record.number):
            return []
        name = list(self._origins)[before]
        return [Fault("duplicate_id", column, f"the same {what} as {name}, {record.unit} {number:,}")]
