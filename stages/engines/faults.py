"""What went wrong with one try: worth another, the request's own fault, or the end of the engine."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from data.errors import EngineError
from stages.engines.engine import RequestFailed

AGAIN = frozenset({408, 409, 429})
"""Refusals that may pass; every 5xx too."""
MAX_DETAIL = 500
"""Characters kept of what a server says; some send a whole page."""

MEND = {
    401: "the key is refused: set the environment variable named in `api_key_env` to a valid one",
    402: "the account is out of credit: pay the vendor, then start the build again",
    403: "the key may not use this model: ask for access, or name another `model`",
    404: "there is no such model or path: `base_url` ends in /v1 for most servers, `model` is a name the server lists",
}
"""Refusals that every request would meet, and how to mend them."""


class TryFailed(Exception):
    """One try failed and may be made again; `retry_after` is the wait in seconds that the server asked for."""

    def __init__(self, reason: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.retry_after = retry_after


Fault = TryFailed | RequestFailed | EngineError


def status_fault(status: int, detail: str, headers: Mapping[str, str], where: str) -> Fault:
    """Return what an HTTP status that is no success means."""
    detail = detail[:MAX_DETAIL]
    if status in MEND:
        return EngineError(f"{where}: {MEND[status]} (HTTP {status}: {detail})")
    if 300 <= status < 400:
        to = headers.get("location", "?").split("?")[0][:MAX_DETAIL]
        return EngineError(f"{where}: redirects to {to}, which is not followed: set `base_url` to where it is")
    if status == 429 and "insufficient_quota" in detail:
        return EngineError(f"{where}: {MEND[402]} (HTTP {status}: {detail})")
    if status in AGAIN or status >= 500:
        return TryFailed(f"http_{status}", detail, retry_after(headers))
    return RequestFailed(f"http_{status}", detail)


def stream_fault(error: Any) -> Fault:
    """Return what an error told inside a stream means."""
    detail = str(error.get("message") if isinstance(error, dict) else error)[:MAX_DETAIL]
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int) and 400 <= code < 500 and code not in AGAIN:
        return RequestFailed(f"http_{code}", detail)
    return TryFailed("error_in_stream", detail)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds a server asks to wait, from milliseconds, seconds or an HTTP date; None if unclear."""
    try:
        if "retry-after-ms" in headers:
            return _clear(float(headers["retry-after-ms"]) / 1000)
        return _clear(float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        return _until(headers.get("retry-after", ""), now or datetime.now(UTC))


def _clear(seconds: float) -> float | None:
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str, now: datetime) -> float | None:
    try:
        then = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())
