"""The rows of a source that was rewritten: the trace as it is, and its shorter version, each saying what it is."""

from collections.abc import Sequence
from typing import Any

from data.columns import (
    CONTROL_KIND,
    CONTROL_VALUE,
    COT_TOKENS,
    FROM_TOKENS,
    FROM_TRACE_ID,
    PROMPT_SHA,
    REMARKS,
    SPENT_TOKENS,
)
from data.table import Row
from stages.replies.variants import VARIANT, Control, variant
from stages.rewriting.rewritten import Judged

WRITTEN = (*VARIANT, PROMPT_SHA, REMARKS, SPENT_TOKENS)
"""What these rows say of themselves."""


def long_row(row: Row, remarks: Sequence[str] = ()) -> dict[str, Any]:
    """Return the trace as the long one of a pair: made from nothing, all of it kept."""
    told = {FROM_TRACE_ID.name: None, FROM_TOKENS.name: row[COT_TOKENS.name], CONTROL_KIND.name: "none"}
    return {**row, **told, CONTROL_VALUE.name: None, REMARKS.name: list(remarks)}


def short_row(
    row: Row, made: Judged, *, method: str, by: str, remarks: Sequence[str] = (), level: int | None = None
) -> dict[str, Any]:
    """Return the shorter version; its control is the share removed, or the level that share belongs to."""
    kind: Control = "ratio_removed" if level is None else "level"
    value = removed_share(row, made.tokens) if level is None else float(level)
    told = variant(row, made.reply, method=method, by=by, kind=kind, value=value)
    return {**told, REMARKS.name: [*remarks, *made.remarks], SPENT_TOKENS.name: 0, PROMPT_SHA.name: None}


def removed_share(row: Row, tokens: int) -> float:
    """Return the paper's rho: (L - l) / L in tokens of the reasoning."""
    whole: int = row[COT_TOKENS.name]
    return (whole - tokens) / whole
