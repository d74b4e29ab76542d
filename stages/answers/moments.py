"""Clock times and dates as people write them, read into comparable tuples."""

import re

_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*(?:([ap])\.?\s*m\.?|o'clock)?", re.IGNORECASE)
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DATES = (
    re.compile(rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(rf"(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
)


def clock(text: str) -> int | None:
    """Return a time of day in seconds; none when `text` shows neither a colon nor a.m. or p.m."""
    match = _CLOCK.fullmatch(_bare(text))
    if match is None or not (match[2] or match[4] or "clock" in text):
        return None
    hours, minutes, seconds = (int(group or 0) for group in match.groups()[:3])
    half = (match[4] or "").lower()
    if hours > (12 if half else 24) or minutes > 59 or seconds > 59:
        return None
    if half:
        hours = hours % 12 + (12 if half == "p" else 0)
    return hours * 3600 + minutes * 60 + seconds


def date(text: str) -> tuple[int, int, int] | None:
    """Return (year or 0, month, day); none when `text` is no date."""
    for pattern in _DATES:
        match = pattern.fullmatch(_bare(text))
        month = _month(match["month"]) if match else 0
        if match and month and 1 <= int(match["day"]) <= 31:
            return int(match["year"] or 0), month, int(match["day"])
    return None


def moments_equal(gold: str, answer: str) -> bool | None:
    """Tell whether two times or dates are the same; none unless both are times, or both dates."""
    for read in (clock, date):
        one, other = read(gold), read(answer)
        if one is not None and other is not None:
            return one == other
    return None


def _month(name: str) -> int:
    if name.isdigit():
        return int(name) if 1 <= int(name) <= 12 else 0
    found = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    return found[0] if len(found) == 1 else 0


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[⟦⟧$]|\\text|\\,", " ", text).split()).strip(". ") if len(text) < 60 else ""
