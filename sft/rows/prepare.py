"""Rows ready to train: tokens in a mapped file, written once by one process, and a count of what was left out."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from data.errors import ConfigError
from data.store import read_json, write_json
from data.table import Row
from sft.rows.labels import Labelled, Labels
from sft.rows.tokens import Tokens, map_tokens, write_tokens
from sft.rows.unfit import Unfit

LISTED = 5
"""How many faulty rows a message names."""

OVER_CONTEXT = "over_context"
TOKENS, ABOUT = "tokens.arrow", "rows.json"


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
        found = self.tokens.lengths[: self.train.stop].tolist()
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


def prepare(
    train: Sequence[Row],
    held_out: Sequence[Row],
    labels: Labels,
    fit: Fit,
    folder: Path,
    unit: int = 1,
    left_out: Mapping[str, int] = MappingProxyType({}),
) -> Prepared:
    """Write the rows as tokens into a folder and return them; of a unit that lacks a row none is kept.

    Args:
        train: rows to train.
        held_out: rows to watch.
        labels: makes tokens of them.
        fit: what becomes of those that do not fit.
        folder: is made, whole or not at all.
        unit: rows that belong together, one after another.
        left_out: counts of rows that were left out before, by reason.

    Raises:
        ConfigError: rows that may not be dropped; or none is left to train.
    """
    aside = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    seen, counts = _Seen(fit), list[int]()

    def kept() -> Iterator[Labelled]:
        for rows in (train, held_out):
            counts.append(0)
            for row in _whole(labels.many(rows), seen, unit):
                counts[-1] += 1
                yield row

    write_tokens(kept(), aside / TOKENS)
    faults = seen.faults
    if not counts[0] and not faults:
        faults.append(f"no row is left to train: {seen.none_left(len(train), unit)}")
    if faults:
        shutil.rmtree(aside)
        raise ConfigError(*dict.fromkeys(faults))
    about = {"train": counts[0], "held_out": counts[1], "dropped": {**left_out, **seen.dropped}, "unit": unit}
    write_json(aside / ABOUT, about)
    aside.replace(folder)
    return _read(folder)


def prepared_in(folder: Path) -> Prepared | None:
    """Return the rows that were written into a folder; None where they were not."""
    return _read(folder) if (folder / ABOUT).is_file() else None


def _read(folder: Path) -> Prepared:
    about = read_json(folder / ABOUT)
    cut = about["train"]
    held_out = range(cut, cut + about["held_out"])
    return Prepared(map_tokens(folder / TOKENS), range(cut), held_out, about["dropped"], about["unit"])


@dataclass
class _Seen:
    """What was found of rows that do not fit: the first of them, and how many by reason."""

    fit: Fit
    long: list[tuple[str, int]] = field(default_factory=list)
    gone: list[tuple[str, Unfit]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def fits(self, row: str, one: Labelled | Unfit) -> bool:
        """Tell whether a row does; count it where it does not."""
        if isinstance(one, Unfit):
            self.counts[one.reason] += 1
            self.gone += [(row, one)][: LISTED - len(self.gone)]
            return False
        if len(one.input_ids) > self.fit.max_tokens:
            self.counts[OVER_CONTEXT] += 1
            self.long += [(row, len(one.input_ids))][: LISTED - len(self.long)]
            return False
        return True

    @property
    def dropped(self) -> dict[str, int]:
        """How many rows are left out, by reason."""
        return {reason: count for reason, count in sorted(self.counts.items()) if count}

    @property
    def faults(self) -> list[str]:
        """What is wrong where rows may not be left out."""
        faults, unfit = list[str](), sum(self.counts.values()) - self.counts[OVER_CONTEXT]
        if self.long and self.fit.on_too_long == "refuse":
            faults.append(_too_long(self.long, self.counts[OVER_CONTEXT], self.fit.max_tokens))
        if self.gone and self.fit.on_unfit == "refuse":
            faults += [f"row {row}: {why.told}" for row, why in self.gone]
            if unfit > len(self.gone):
                faults.append(f"{unfit:,} rows cannot be trained; leave them out with `on_unfit: drop`")
        return faults

    def none_left(self, rows: int, unit: int) -> str:
        """Say why no row is left."""
        if not rows:
            return "none was given"
        if not self.gone:
            these = f"all {rows:,} are" if unit == 1 else f"each of the {rows // unit:,} pairs has a row"
            return f"{these} over the context of {self.fit.max_tokens:,} tokens"
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.counts.most_common() if count)
        row, why = self.gone[0]
        return f"{reasons} of {rows:,} rows; the first, {row}: {why.told}"


def _whole(tried: Iterator[tuple[str, Labelled | Unfit]], seen: _Seen, unit: int) -> Iterator[Labelled]:
    """Yield the rows of the units that fit as a whole."""
    held: list[Labelled | None] = []
    for row, one in tried:
        held.append(one if seen.fits(row, one) and isinstance(one, Labelled) else None)
        if len(held) == unit:
            whole = [one for one in held if one is not None]
            yield from whole if len(whole) == unit else ()
            held = []


def _too_long(long: Sequence[tuple[str, int]], count: int, max_tokens: int) -> str:
    named = ", ".join(f"{row} ({size:,})" for row, size in long)
    more = f" and {count - len(long):,} more" if count > len(long) else ""
    return (
        f"{count:,} rows are over the context of {max_tokens:,} tokens: {named}{more}; raise `max_tokens` where "
        "the base has room, or leave them out with `on_too_long: drop`; no row is cut"
    )
