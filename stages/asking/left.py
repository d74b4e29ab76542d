"""A row that leaves the dataset: why, and what it had cost."""

from typing import Any

from data.columns import DETAIL, DROPPED, SPENT_TOKENS
from data.table import Row


def left(row: Row, reason: str, detail: str = "", *, spent: int = 0) -> dict[str, Any]:
    """Return the row with its reason to leave; `spent` tokens are added to what it had cost before."""
    cost = (row.get(SPENT_TOKENS.name) or 0) + spent
    return {**row, DROPPED.name: reason, DETAIL.name: detail or None, SPENT_TOKENS.name: cost}
