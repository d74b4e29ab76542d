"""Figures as people read them: durations, counts, bytes, shares."""

from collections.abc import Mapping


def duration(seconds: float | None) -> str:
    """Return a rough length of time, or `unknown`."""
    if seconds is None:
        return "unknown"
    if seconds < 90:
        return f"{max(1, round(seconds))} s" if seconds > 0 else "0 s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"


def counted(counts: Mapping[str, int]) -> str:
    """Return counts by name, the largest first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name}" for name, count in ordered)


def size(count: int) -> str:
    """Return a number of bytes in a unit that suits it."""
    amount = float(count)
    for unit in ("bytes", "KB", "MB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} GB"


def share(part: float, whole: float) -> str:
    """Return a part of a whole in percent; a dash where there is nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "-"


def mean_tokens(mean: float | None) -> str:
    """Return a mean of token counts; a dash where it is not known."""
    return "-" if mean is None else f"{mean:,.1f}"
