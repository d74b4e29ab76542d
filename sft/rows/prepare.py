"""Rows as tokens, held in Arrow: four bytes an id and four a weight, however many rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from data.columns import TRACE_ID
from data.errors import ConfigError
from data.table import Row
from sft.rows.labels import Labelled, labelled

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


def prepare(
    train: Sequence[Row],
    held_out: Sequence[Row],
    tokenizer: Any,
    max_tokens: int,
    on_too_long: Literal["refuse", "drop"],
    unit: int = 1,
) -> Prepared:
    """Return the rows as tokens.

    Raises:
        ConfigError: rows that cannot be trained as they are, those over the context among them unless they may be
            dropped; or none is left.
    """
    faults: list[str] = []
    kept = [_labelled(rows, tokenizer, faults) for rows in (train, held_out)]
    long = [(row, size) for found in kept for row, size in _sizes(found) if size > max_tokens]
    if long and on_too_long == "refuse":
        faults.insert(0, _too_long(long, max_tokens))
    short = [_whole([item for _, item in found], max_tokens, unit) for found in kept]
    if not short[0] and not faults:
        faults.append(f"no row is left to train: {_none_left(len(train), max_tokens, unit)}")
    if faults:
        raise ConfigError(*faults)
    cut = len(short[0])
    dropped = Counter({OVER_CONTEXT: len(long)}) if long else Counter[str]()
    return Prepared(_tokens([*short[0], *short[1]]), range(cut), range(cut, cut + len(short[1])), dropped, unit)


def _none_left(rows: int, max_tokens: int, unit: int) -> str:
    if not rows:
        return "none was given"
    these = f"all {rows:,} are" if unit == 1 else f"each of the {rows // unit:,} pairs has a row"
    return f"{these} over the context of {max_tokens:,} tokens"


def _too_long(long: Sequence[tuple[str, int]], max_tokens: int) -> str:
    named = ", ".join(f"{row} ({size:,})" for row, size in long[:LISTED])
    more = f" and {len(long) - LISTED:,} more" if len(long) > LISTED else ""
    return (
        f"{len(long):,} rows are over the context of {max_tokens:,} tokens: {named}{more}; raise `max_tokens` where "
        "the base has room, or leave them out with `on_too_long: drop`; no row is cut"
    )


def _labelled(rows: Sequence[Row], tokenizer: Any, faults: list[str]) -> list[tuple[str, Labelled]]:
    """Label each row; stop once a screenful is wrong, for then it is the template or the dataset."""
    found = []
    for row in rows:
        try:
            found.append((str(row[TRACE_ID.name]), labelled(row, tokenizer)))
        except ConfigError as error:
            faults.extend(fault for fault in error.faults if fault not in faults)
        if len(faults) >= LISTED:
            faults.append("there may be more; these came first")
            break
    return found


def _whole(rows: Sequence[Labelled], max_tokens: int, unit: int) -> list[Labelled]:
    """Return the rows of the units that fit as a whole."""
    units = (rows[at : at + unit] for at in range(0, len(rows), unit))
    return [row for found in units if all(len(row.input_ids) <= max_tokens for row in found) for row in found]


def _sizes(found: Sequence[tuple[str, Labelled]]) -> list[tuple[str, int]]:
    return [(row, len(item.input_ids)) for row, item in found]


def _tokens(rows: Sequence[Labelled]) -> Tokens:
    ids = pa.array([row.input_ids for row in rows], pa.list_(pa.int32()))
    told = [row.beta for row in rows if row.beta is not None]
    betas = np.array(told, np.float32) if told else None
    return Tokens(ids, pa.array([row.weights for row in rows], pa.list_(pa.float32())), betas)
