"""How long chains of thought are: mean, median and 90th percentile, exact, from counts by length."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import pyarrow as pa
from pydantic import Field

from data.columns import COT_TOKENS
from data.spec import spec
from data.table import values


@spec
class Lengths:
    """Tokens of a set of chains of thought; all zero where there are none."""

    traces: Annotated[int, Field(ge=0)]
    """How many there are."""

    mean: float
    """Mean tokens."""

    median: float
    """Median tokens (between two, their mean)."""

    p90: int
    """The least length that 9 in 10 do not exceed."""


def count_lengths(rows: pa.Table) -> Counter[int]:
    """Return how many rows have each number of CoT tokens; add the counts of several tables to join them."""
    return Counter(tokens for tokens in values(rows, COT_TOKENS) if tokens is not None)


def lengths_of(counts: Mapping[int, int]) -> Lengths:
    """Return the lengths of traces counted by their tokens."""
    traces = sum(counts.values())
    if not traces:
        return Lengths(traces=0, mean=0.0, median=0.0, p90=0)
    mean = sum(tokens * n for tokens, n in counts.items()) / traces
    middle = (_at(counts, (traces - 1) // 2) + _at(counts, traces // 2)) / 2
    return Lengths(traces=traces, mean=mean, median=middle, p90=_at(counts, -(-9 * traces // 10) - 1))


def _at(counts: Mapping[int, int], rank: int) -> int:
    """Return the length of the trace at this rank (from 0), shortest first."""
    for tokens in sorted(counts):
        rank -= counts[tokens]
        if rank < 0:
            return tokens
    raise IndexError(rank)
