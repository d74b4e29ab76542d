"""The order in which rows are trained: all epochs of a stage laid out ahead, from lengths and a seed alone.

What comes at step 1,000 does not depend on how step 999 was reached, so a resumed run goes on with the same rows.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from random import Random
from typing import Literal

POOL = 50
"""Batches that are sorted by length together: enough to pad little, few enough to stay random."""

Sample = list[int]
"""Rows that make one sequence: one row, or those of a pack."""


def ordered(
    lengths: Sequence[int],
    *,
    batching: Literal["plain", "grouped", "packed"],
    batch_size: int,
    max_tokens: int,
    epochs: int,
    samples: int | None,
    seed: int,
) -> list[Sample]:
    """Return the samples of all epochs in order; `samples` says how many instead of `epochs`."""
    numbers: Iterator[int] = iter(range(epochs)) if samples is None else count()
    passes = (_epoch(lengths, batching, batch_size, max_tokens, Random(f"{seed} {number}")) for number in numbers)
    return list(islice(chain.from_iterable(passes), samples))


def _epoch(lengths: Sequence[int], batching: str, batch_size: int, max_tokens: int, rng: Random) -> list[Sample]:
    rows = list(range(len(lengths)))
    rng.shuffle(rows)
    if batching == "packed":
        packs = packed(rows, lengths, max_tokens)
        rng.shuffle(packs)
        return packs
    return [[row] for row in (_grouped(rows, lengths, batch_size, rng) if batching == "grouped" else rows)]


def _grouped(rows: Sequence[int], lengths: Sequence[int], batch_size: int, rng: Random) -> list[int]:
    """Batch rows of like length; the batches come in any order, but for the last, which may be short."""
    pools = (rows[at : at + POOL * batch_size] for at in range(0, len(rows), POOL * batch_size))
    near = [row for pool in pools for row in sorted(pool, key=lambda row: -lengths[row])]
    batches = [near[at : at + batch_size] for at in range(0, len(near), batch_size)]
    whole = [batch for batch in batches if len(batch) == batch_size]
    rng.shuffle(whole)
    return [row for batch in (*whole, *batches[len(whole) :]) for row in batch]


def packed(rows: Sequence[int], lengths: Sequence[int], max_tokens: int) -> list[Sample]:
    """Put whole rows into as few packs of at most `max_tokens` as best fit finds, the longest first."""
    packs: list[Sample] = []
    room: list[tuple[int, int]] = []
    for row in sorted(rows, key=lambda row: -lengths[row]):
        at = bisect_left(room, (lengths[row], -1))
        if at == len(room):
            packs.append([])
            left, pack = max_tokens, len(packs) - 1
        else:
            left, pack = room.pop(at)
        packs[pack].append(row)
        insort(room, (left - lengths[row], pack))
    return packs
