"""Choose by how often a problem was solved: which problems stay, and how long a chain each of them is taught by."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, Self

import pyarrow as pa
from pydantic import Field, model_validator

from data.columns import DROPPED, GROUP, PROBLEM_ID, REPLY, REPLY_TOKENS, SAMPLE, TRACE_ID
from data.spec import spec
from data.table import Row, drop, values
from stages.stage import Stage

Share = Annotated[float, Field(ge=0, le=1)]
UNKNOWN = "pass_rate_unknown"
"""Why a trace leaves of whose problem nobody knows how often it is solved: no gold, or a race."""
TOO_SELDOM, TOO_OFTEN = "solved_too_seldom", "solved_too_often"


@spec
class PassRate:
    """The problems that are solved at least and at most so often, of all their samples."""

    at_least: Share = 0.0
    at_most: Share = 1.0

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least:g} is over at_most {self.at_most:g}")
        return self


@spec
class KeepPassRate(Stage):
    """Keep the traces of problems that are solved as often as wanted.

    The others leave as `solved_too_seldom`, `solved_too_often` or `pass_rate_unknown`.
    """

    reads = (GROUP,)
    writes = (DROPPED,)

    within: PassRate

    def __call__(self, rows: pa.Table) -> pa.Table:
        return drop(rows, [self._fault(group) for group in values(rows, GROUP)])

    def _fault(self, group: Row) -> str | None:
        rate = group["pass_rate"]
        if rate is None:
            return UNKNOWN
        if rate < self.within.at_least:
            return TOO_SELDOM
        return TOO_OFTEN if rate > self.within.at_most else None


@spec
class Band:
    """What problems are taught by that are solved at least so often, and not as often as the band before says."""

    solved: Share
    """Share of the samples that are right."""
    quantiles: tuple[Share, ...]
    """Of the problem's right chains by length: 0 the shortest, 0.5 the middle one, 1 the longest; none: it leaves."""


Bands = Annotated[tuple[Band, ...], Field(min_length=1)]


@spec
class KeepByPassRate(Stage):
    """Keep of each problem the right chains at the length quantiles that the band of its pass rate names.

    Others leave as `not_chosen`; problems below every band as `solved_too_seldom`, those of a band without quantiles as
    `band_left_out`. Ties are broken as by `KeepChosen`, so the choice never depends on order.
    """

    reads = (PROBLEM_ID, TRACE_ID, REPLY, REPLY_TOKENS, SAMPLE, GROUP)
    writes = (DROPPED,)

    bands: Bands

    def __call__(self, rows: pa.Table) -> pa.Table:
        problems: dict[str, list[Row]] = defaultdict(list)
        for row in rows.select([field.name for field in self.reads]).to_pylist():
            problems[row["problem_id"]].append(row)
        reasons = {trace: reason for found in problems.values() for trace, reason in self._judged(found)}
        return drop(rows, [reasons[trace] for trace in values(rows, TRACE_ID)])

    def _judged(self, found: Sequence[Row]) -> list[tuple[str, str | None]]:
        rate = found[0]["group"]["pass_rate"]
        if rate is None:
            return [(row["trace_id"], UNKNOWN) for row in found]
        band = next((band for band in self.bands if rate >= band.solved), None)
        if band is None or not band.quantiles:
            return [(row["trace_id"], TOO_SELDOM if band is None else "band_left_out") for row in found]
        ranked = sorted(found, key=_length)
        kept = {int(quantile * (len(ranked) - 1) + 0.5) for quantile in band.quantiles}
        return [(row["trace_id"], None if at in kept else "not_chosen") for at, row in enumerate(ranked)]


def _length(row: Row) -> tuple[int, int, int, str]:
    return row["reply_tokens"], len(row["reply"]), row["sample"], row["trace_id"]
