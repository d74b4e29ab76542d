"""What went wrong with one try: worth another, the request's own fault, or the end of the engine."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from data.errors import EngineError
from stages.engines.engine import RequestFailed

AGAIN = frozenset({408, 409, 425, 429})
"""Refusals that may pass; every 5xx too."""
OVERLOAD = frozenset({429, 502, 503, 520, 521, 522, 529})
"""Too many requests, or nobody there to take them: the request is as good as before."""
MAX_DETAIL = 500
"""Characters kept of what a server says; some send a whole page."""
MAX_RETRY_AFTER = 7 * 86400.0
"""A server that asks for a longer wait does not mean it."""

MEND = {
    401: "the key is refused: set the environment variable named in `api_key_env` to a valid one",
    402: "the account is out of credit: pay the vendor, then start the build again",
    403: "the key may not use this model: ask for access, or name another `model`",
    404: "there is no such model or path: `base_url` ends in /v1 for most servers, `model` is a name the server lists",
}
"""Refusals that every request would meet, and how to mend them."""

_OVERLOAD = re.compile(
    r"overload|at capacity|capacity (exceeded|limit)|rate.?limit|too many requests|resource.?exhausted|throttl"
    r"|(server|engine|model|service) (is )?(currently )?(too )?busy|insufficient_system_resource|try again later"
    r"|temporarily unavailable|request limit|loading model|slow down",
    re.IGNORECASE,
)
"""What servers write when they are overloaded, whatever status they write it under."""
_TOO_LONG = re.compile(
    r"context.?(length|window|size)|maximum (context|input|prompt)|prompt is too long|too many (input )?tokens"
    r"|max_model_len|input (is )?too long|exceeds? the (available|maximum)",
    re.IGNORECASE,
)
_FILTERED = re.compile(r"content.?(filter|policy|management)|data_inspection_failed|responsibleai", re.IGNORECASE)

_STATUS_OF_KIND = {
    "invalid_request_error": 400,
    "badrequesterror": 400,
    "bad_request": 400,
    "context_length_exceeded": 400,
    "invalidparameter": 400,
    "authentication_error": 401,
    "invalid_api_key": 401,
    "insufficient_quota": 402,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "model_not_found": 404,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "engine_overloaded_error": 429,
    "overloaded_error": 529,
    "overloaded": 529,
}
"""HTTP statuses of the kinds of errors that servers write where they write no number."""


class TryFailed(Exception):
    """One try failed and may be made again; `retry_after` is the wait in seconds that the server asked for.

    One that failed of `overload` says nothing about the request, and does not use up its tries.
    """

    def __init__(
        self, reason: str, detail: str = "", retry_after: float | None = None, *, overload: bool = False
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.overload = overload


Fault = TryFailed | RequestFailed | EngineError


def is_overload(text: str) -> bool:
    """Tell whether a server says that it has too much to do."""
    return _OVERLOAD.search(text) is not None


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
        overload = status in OVERLOAD or is_overload(detail)
        return TryFailed(f"http_{status}", detail, retry_after(headers), overload=overload)
    return RequestFailed(f"http_{status}", detail)


def depends_on_prompt(detail: str) -> bool:
    """Tell whether a refusal is of this prompt (too long, filtered), so that another may be taken."""
    return _TOO_LONG.search(detail) is not None or _FILTERED.search(detail) is not None


def stream_fault(event: Mapping[str, Any], where: str = "the server") -> Fault | None:
    """Return what an error inside an answer means that began as a success; None where there is none.

    Errors come as `error` (an object or a text) of the event or of its choice, or are the event itself
    (`{"object": "error", ...}`, `{"detail": ...}` without choices).
    """
    error = event.get("error")
    if not error:
        if event.get("object") != "error" and event.get("type") != "error" and not _is_bare_error(event):
            return None
        error = event
    if not isinstance(error, Mapping):
        return _sorted(None, str(error), where)
    detail = error.get("message") or error.get("detail") or error.get("msg") or error.get("error_type") or "no message"
    kinds = [str(error.get(name) or "") for name in ("code", "type", "error_type", "status")]
    kinds.append(str(event.get("error_type") or ""))
    said = f"{detail} {' '.join(kind for kind in kinds if kind and not kind.isdecimal())}"
    return _sorted(_status(error, kinds), " ".join(said.split()), where)


def _is_bare_error(event: Mapping[str, Any]) -> bool:
    return "choices" not in event and any(event.get(name) for name in ("message", "detail", "msg"))


def _status(error: Mapping[str, Any], kinds: list[str]) -> int | None:
    for name in ("code", "status_code", "status", "http_status"):
        value = error.get(name)
        if isinstance(value, str) and value.isdecimal() and len(value) == 3:
            value = int(value)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    return next((_STATUS_OF_KIND[kind.lower()] for kind in kinds if kind.lower() in _STATUS_OF_KIND), None)


def _sorted(status: int | None, detail: str, where: str) -> Fault:
    if status is not None and status < 500 and status not in AGAIN:
        return status_fault(status, detail, {}, where)
    overload = status in OVERLOAD or is_overload(detail)
    return TryFailed("error_in_stream", detail[:MAX_DETAIL], overload=overload)


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
    return max(0.0, seconds) if math.isfinite(seconds) and seconds <= MAX_RETRY_AFTER else None


def _until(date: str, now: datetime) -> float | None:
    try:
        then = parsedate_to_datetime(date)
        return _clear((then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())
    except (ValueError, OverflowError, TypeError):
        return None
