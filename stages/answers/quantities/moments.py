"""Clock times and dates as people write them, read into comparable tuples."""

import re
from dataclasses import dataclass

_CLOCK = re.compile(
    r"(?:at )?(?P<hours>\d{1,2})(?::(?P<minutes>\d{2}))?(?::(?P<seconds>\d{2}))?\s*"
    r"(?P<half>[ap]\.?\s*m\b\.?|in the (?:morning|afternoon|evening)|at night|o'clock|noon|midnight|hours|h)?",
    re.IGNORECASE,
)
_NAMED = {"noon": 12, "midday": 12, "midnight": 0}
_HALVES = {"a": 0, "p": 12, "in the morning": 0, "in the afternoon": 12, "in the evening": 12, "at night": 12}
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
_CLOCK_LIKE = re.compile(r"\d{1,3}:\d{2}(?::\d{2})?")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DATES = (
    re.compile(rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(rf"(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?"),
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
)


@dataclass(frozen=True)
class Clock:
    """A time of day as it is written."""

    hours: int
    rest: int
    """Minutes and seconds, in seconds."""
    half: int | None
    """0 before noon, 12 after; none where nothing says so."""

    @property
    def seconds(self) -> int:
        """Seconds since midnight; what bears no mark is read on the clock of 24 hours."""
        hours = self.hours if self.half is None else self.hours % 12 + self.half
        return hours * 3600 + self.rest


def clock(text: str) -> Clock | None:
    """Return a time of day; none when `text` shows neither a colon nor a half of the day."""
    bare = _bare(text).lower()
    if bare in _NAMED:
        return Clock(_NAMED[bare] or 12, 0, _NAMED[bare])
    match = _CLOCK.fullmatch(bare)
    mark = match["half"] or "" if match else ""
    if match is None or not (match["minutes"] or mark in _HALVES or mark[:1] in ("a", "p", "o", "n", "m")):
        return None
    hours, minutes, seconds = (int(match[part] or 0) for part in ("hours", "minutes", "seconds"))
    half = _HALVES.get(mark, _HALVES.get(mark[:1]))
    if mark in ("noon", "midnight"):
        half = 12 if mark == "noon" else 0
    if hours > (24 if half is None else 12) or minutes > 59 or seconds > 59 or (hours > 12 and half is not None):
        return None
    return Clock(hours, 60 * minutes + seconds, half)


def _same_time(gold: Clock, answer: Clock) -> bool:
    """Tell whether two times are the same; a half of the day that only one of them tells is ignored, like a unit."""
    if gold.seconds == answer.seconds:
        return True
    one_tells = (gold.half is None) != (answer.half is None)
    return one_tells and (gold.hours, gold.rest) == (answer.hours, answer.rest)


def date(text: str) -> tuple[int, int, int] | None:
    """Return (year or 0, month, day); none when `text` is no date."""
    slashed = _SLASHED.fullmatch(_bare(text))
    if slashed:
        first, second, year = map(int, slashed.groups())
        if min(first, second) > 12 or max(first, second) > 31:
            return None
        # Which of the two is the month only one above 12 tells; else it equals what is written in the same order.
        return (year, second, first) if first > 12 else (year, first, second) if second > 12 else (year, -first, second)
    for pattern in _DATES:
        match = pattern.fullmatch(_bare(text))
        month = _month(match["month"]) if match else 0
        if match and month and 1 <= int(match["day"]) <= 31:
            return int(match["year"] or 0), month, int(match["day"])
    return None


def moments_equal(gold: str, answer: str) -> bool | None:
    """Tell whether two times or dates are the same; none unless both are times, or both dates.

    Two things written like times (`3:20` and `6:40`) are compared as times even where they could be ratios.
    """
    times = clock(gold), clock(answer)
    if times[0] is not None and times[1] is not None:
        return _same_time(times[0], times[1])
    if _CLOCK_LIKE.fullmatch(_bare(gold)) and _CLOCK_LIKE.fullmatch(_bare(answer)):
        return False
    one, other = date(gold), date(answer)
    return one == other if one is not None and other is not None else None


def _month(name: str) -> int:
    if name.isdigit():
        return int(name) if 1 <= int(name) <= 12 else 0
    found = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    return found[0] if len(found) == 1 else 0


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[⟦⟧$]|\\text|\\,", " ", text).split()).strip(". ") if len(text) < 60 else ""
