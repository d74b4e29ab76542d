"""Rows as tokens, held in Arrow: four bytes an id and four a weight, however many rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data.columns import TRACE_ID
from data.errors import ConfigError
from data.table import Row
from sft.rows.labels import Labelled, Labels
from sft.rows.unfit import Unfit

LISTED = 5
"""How many faulty rows a message names."""

OVER_CONTEXT = "over_context"


@dataclass(frozen=True)
class Tokens:
    """The tokens of rows, by number."""

    ids: pa.Array
    weights: pa.Array
    betas: npt.NDArray[np.float32] | None = None
    """The share of the update that each row is trained with, where a schedule says."""

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        return self.ids[row].values.to_numpy(), self.weights[row].values.to_numpy()

    @property
    def lengths(self) -> list[int]:
        """The length of each row."""
        return list(pc.list_value_length(self.ids).to_pylist())


@dataclass(frozen=True)
class Prepared:
    """Rows ready to train and, after them, rows to watch; `dropped` counts by reason those that are in neither."""

    tokens: Tokens
    train: range
    held_out: range
    dropped: Mapping[str, int]
    unit: int = 1
    """Rows that belong together, one after another: 2 where they are pairs."""

    @property
    def lengths(self) -> list[int]:
        """The length of each unit to train, that of its longest row."""
        found = self.tokens.lengths[: self.train.stop]
        return [max(found[at : at + self.unit]) for at in range(0, len(found), self.unit)]

    def rows(self, units: Sequence[int]) -> list[int]:
        """Return the rows of units."""
        return [row for at in units for row in range(at * self.unit, (at + 1) * self.unit)]

    @property
    def held_out_units(self) -> range:
        """The units to watch."""
        return range(self.held_out.start // self.unit, self.held_out.stop // self.unit)


@dataclass(frozen=True)
class Fit:
    """What becomes of rows that do not fit."""

    max_tokens: int
    """The context; no row is cut to it."""
    on_too_long: Literal["refuse", "drop"] = "refuse"
    on_unfit: Literal["drop", "refuse"] = "drop"


def prepare(train: Sequence[Row], held_out: Sequence[Row], labels: Labels, fit: Fit, unit: int = 1) -> Prepared:
    """Return the rows as tokens; of a unit that lacks a row none is kept.

    Raises:
        ConfigError: rows that may not be dropped; or none is left to train.
    """
    tried = [[_tried(row, labels) for row in rows] for rows in (train, held_out)]
    gone = [(row, why) for rows in tried for row, why in rows if isinstance(why, Unfit)]
    long = [(row, size) for rows in tried for row, size in _sizes(rows) if size > fit.max_tokens]
    faults = []
    if long and fit.on_too_long == "refuse":
        faults.append(_too_long(long, fit.max_tokens))
    if gone and fit.on_unfit == "refuse":
        faults += [f"row {row}: {why.told}" for row, why in gone[:LISTED]]
        faults += [f"{len(gone):,} rows cannot be trained; leave them out with `on_unfit: drop`"][: len(gone) > LISTED]
    kept = [_whole([item for _, item in rows], fit.max_tokens, unit) for rows in tried]
    if not kept[0] and not faults:
        faults.append(f"no row is left to train: {_none_left(len(train), gone, fit.max_tokens, unit)}")
    if faults:
        raise ConfigError(*dict.fromkeys(faults))
    cut = len(kept[0])
    dropped = Counter(why.reason for _, why in gone) + Counter({OVER_CONTEXT: len(long)})
    return Prepared(_tokens([*kept[0], *kept[1]]), range(cut), range(cut, cut + len(kept[1])), dropped, unit)


def _none_left(rows: int, gone: Sequence[tuple[str, Unfit]], max_tokens: int, unit: int) -> str:
    if not rows:
        return "none was given"
    if not gone:
        these = f"all {rows:,} are" if unit == 1 else f"each of the {rows // unit:,} pairs has a row"
        return f"{these} over the context of {max_tokens:,} tokens"
    counts = Counter(why.reason for _, why in gone)
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in counts.most_common())
    row, why = gone[0]
    return f"{reasons} of {rows:,} rows; the first, {row}: {why.told}"


def _too_long(long: Sequence[tuple[str, int]], max_tokens: int) -> str:
    named = ", ".join(f"{row} ({size:,})" for row, size in long[:LISTED])
    more = f" and {len(long) - LISTED:,} more" if len(long) > LISTED else ""
    return (
        f"{len(long):,} rows are over the context of {max_tokens:,} tokens: {named}{more}; raise `max_tokens` where "
        "the base has room, or leave them out with `on_too_long: drop`; no row is cut"
    )


def _tried(row: Row, labels: Labels) -> tuple[str, Labelled | Unfit]:
    try:
        return str(row[TRACE_ID.name]), labels.of(row)
    except Unfit as why:
        return str(row[TRACE_ID.name]), why


def _whole(rows: Sequence[Labelled | Unfit], max_tokens: int, unit: int) -> list[Labelled]:
    """Return the rows of the units that fit as a whole."""
    kept = []
    for at in range(0, len(rows), unit):
        fit = [row for row in rows[at : at + unit] if isinstance(row, Labelled) and len(row.input_ids) <= max_tokens]
        kept += fit if len(fit) == unit else []
    return kept


def _sizes(rows: Sequence[tuple[str, Labelled | Unfit]]) -> list[tuple[str, int]]:
    return [(row, len(item.input_ids)) for row, item in rows if isinstance(item, Labelled)]


def _tokens(rows: Sequence[Labelled]) -> Tokens:
    ids = pa.array([row.input_ids for row in rows], pa.list_(pa.int32()))
    told = [row.beta for row in rows if row.beta is not None]
    betas = np.array(told, np.float32) if told else None
    return Tokens(ids, pa.array([row.weights for row in rows], pa.list_(pa.float32())), betas)
