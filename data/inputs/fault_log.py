"""Keep all that is wrong with a source, and tell it once, whole, in as few lines as a person can use."""

from dataclasses import dataclass, field

from data.errors import InputError
from data.inputs.record import Fault, Record

EACH = 3
"""So many rows of a kind are told one by one; the others are counted."""
KINDS = 20
"""So many kinds of fault, and so many faults of whole files, are told; the others are counted."""


@dataclass
class Kind:
    """Rows of one file with the same fault in the same column."""

    told: list[str] = field(default_factory=list)
    more: int = 0


class FaultLog:
    """What was found wrong so far; memory stays bounded however much it is."""

    def __init__(self) -> None:
        self._files: list[str] = []
        self._kinds: dict[tuple[str, str, str | None], Kind] = {}
        self._untold = 0

    def __bool__(self) -> bool:
        return bool(self._files or self._kinds)

    def add_file(self, *faults: str) -> None:
        """Note what is wrong with a whole file."""
        room = max(0, KINDS - len(self._files))
        self._files += faults[:room]
        self._untold += len(faults[room:])

    def add(self, record: Record, fault: Fault) -> None:
        """Note what is wrong with a row."""
        key = (record.origin.shown, fault.reason, fault.column)
        if key not in self._kinds and len(self._kinds) >= KINDS:
            self._untold += 1
            return
        kind = self._kinds.setdefault(key, Kind())
        if len(kind.told) < EACH:
            column = f", column {fault.column!r}" if fault.column else ""
            kind.told.append(f"{record.origin.shown}, {record.place}{column}: {fault.reason}: {fault.detail}")
        else:
            kind.more += 1

    def stop(self) -> None:
        """Raise all of it.

        Raises:
            InputError: something was noted.
        """
        faults = list(self._files)
        for (shown, reason, column), kind in self._kinds.items():
            faults += kind.told
            where = f" in column {column!r}" if column else ""
            faults += [f"{shown}: {kind.more:,} more rows with {reason}{where}"] * bool(kind.more)
        faults += [f"and {self._untold:,} more faults of other kinds"] * bool(self._untold)
        if self._kinds:
            faults.append("fix these rows or the mapping, or set `on_bad_row: reject` to leave them out, counted")
        if faults:
            raise InputError(*faults)
